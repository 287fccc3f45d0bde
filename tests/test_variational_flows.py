"""Flows as posteriors: they learn a target that is known, and stay densities.

The target is z1 ~ N(0, 1), z2 ~ N(z1^2 / 2, 0.5^2), with nothing observed, so that the
evidence is log 1 = 0 and the ELBO is -KL(q||p). The best of normal posteriors with
mean (0, m) and independent parts has the divergence 0.318.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs

N_SAMPLES = 200


@zs.meta_bayesian_net()
def crescent():
    bn = zs.BayesianNet()
    a = bn.normal("a", 0., std=1.)
    bn.normal("b", 0.5 * tf.square(a), std=0.5)
    return bn


def log_joint(values):
    z = values["z"]
    return crescent().observe(a=z[..., 0], b=z[..., 1]).log_joint()


def posterior(flow_class):
    """A function that makes q, with the same variables each time."""
    @zs.reuse_variables("q")
    def build(**observed):
        q = zs.BayesianNet(observed)
        q.transformed("z", zs.distributions.Normal(tf.zeros([2]), std=1.),
                      flow_class(2, n_layers=4, hidden_units=(16,)),
                      n_samples=None if observed else N_SAMPLES)
        return q
    return build


@pytest.mark.slow
@pytest.mark.parametrize("name", ["RealNVP", "MAF", "IAF"])
def test_a_flow_learns_the_target_and_is_a_density(name):
    """The bound from samples may be 5 standard errors off: failure rate 6e-7."""
    axis = np.linspace(-8., 12., 401).astype(np.float32)
    grid = np.stack(np.meshgrid(axis, axis), -1)
    with modes.session() as sess, zs.seeded(v1.train.get_or_create_global_step()):
        tf.random.set_seed(3)
        build = posterior(getattr(zs.transform, name))
        terms = zs.variational.elbo(log_joint, {}, variational=build())
        optimizer = v1.train.AdamOptimizer(0.02)
        train = optimizer.minimize(tf.reduce_mean(terms.sgvb()),
                                   global_step=v1.train.get_global_step())
        log_q, log_p = build(z=grid).cond_log_prob("z"), log_joint({"z": grid})
        sess.run(v1.global_variables_initializer())
        before = sess.run(terms).mean()
        for _ in range(300):
            sess.run(train)
        after, log_q, log_p = sess.run([terms, log_q, log_p])

    q = np.exp(log_q.astype(np.float64)) * (axis[1] - axis[0]) ** 2
    np.testing.assert_allclose(q.sum(), 1., rtol=1e-3)
    divergence = (q * (log_q - log_p)).sum()
    assert 0 < divergence < 0.12 and before < -0.4
    error = after.std() / N_SAMPLES ** 0.5
    assert abs(after.mean() + divergence) < 5 * error
