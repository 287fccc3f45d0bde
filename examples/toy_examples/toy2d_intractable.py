"""Variational inference of a two-dimensional posterior without a closed form.

The observation is the product of two N(0, 1) variables, plus noise. Their posterior has
two modes along hyperbolas. A mean-field normal posterior (Kingma and Welling,
"Auto-encoding variational Bayes", 2013) fits one of them. In two dimensions, quadrature
gives the exact log evidence. Importance sampling from the approximate posterior misses
the other mode, so its estimate is log 2 too low. The lower bound is below it::

    python examples/toy_examples/toy2d_intractable.py --seed 1

`bounds.csv` contains the bound by iteration, and `result.csv` the last bound and the
evidence. `posterior.png` shows both posteriors and the bound. The script is in
TensorFlow-1 style.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import results, script
from examples.utils.optional import progress_bar

OBSERVED = 1.
NOISE = 0.3


def parse_options():
    parser = script.OptionParser(
        __doc__, "toy2d_intractable", iters=3000, particles=100, learning_rate=0.02)
    return parser.parse(iters=500)


@zs.meta_bayesian_net()
def build_model(n_particles):
    bn = zs.BayesianNet()
    z1 = bn.normal("z1", 0., std=1., n_samples=n_particles)
    z2 = bn.normal("z2", 0., std=1., n_samples=n_particles)
    bn.normal("x", z1 * z2, std=NOISE)
    return bn


def build_posterior(n_particles):
    bn = zs.BayesianNet()
    for name in "z1", "z2":
        # The gradient is zero at 0, between the modes.
        mean = tf.get_variable(name + "_mean", initializer=0.1)
        logstd = tf.get_variable(name + "_logstd", initializer=-1.)
        bn.normal(name, mean, logstd=logstd, n_samples=n_particles)
    return bn


def main(args):
    results.prepare(args)
    tf.set_random_seed(args.seed)
    n_particles = tf.placeholder(tf.int32, shape=[])
    model = build_model(n_particles)
    posterior = build_posterior(n_particles)

    # Objective
    lower_bound = zs.variational.elbo(
        model, {"x": OBSERVED}, variational=posterior, axis=0)
    infer_op = tf.train.AdamOptimizer(args.learning_rate).minimize(lower_bound.sgvb())
    is_estimate = zs.is_loglikelihood(
        model, {"x": OBSERVED}, proposal=posterior, axis=0)

    # Log densities of the model and the approximate posterior on a grid
    axis = np.linspace(-4., 4., 401, dtype=np.float32)
    z1, z2 = np.meshgrid(axis, axis, indexing="ij")
    log_joint = model.observe(z1=z1, z2=z2, x=OBSERVED).log_joint()
    log_q = sum(posterior[name].dist.log_prob(z)
                for name, z in (("z1", z1), ("z2", z2)))

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        bounds = []
        for _ in progress_bar(range(args.iters), "Training"):
            _, bound = sess.run([infer_op, lower_bound.tensor],
                                {n_particles: args.particles})
            bounds.append(bound)
        bound, estimate, log_joint, log_q = sess.run(
            [lower_bound.tensor, is_estimate, log_joint, log_q], {n_particles: 100000})

    area = (axis[1] - axis[0]) ** 2
    log_evidence = np.log(np.sum(np.exp(log_joint, dtype=np.float64)) * area)
    print("Evidence {:.4f} (quadrature) {:.4f} (importance sampling), "
          "lower bound {:.4f}".format(log_evidence, estimate, bound))
    results.write_table(args, "bounds", ["iteration", "lower_bound"],
                        enumerate(bounds, start=1))
    results.write_table(
        args, "result", ["lower_bound", "importance_sampling", "log_evidence"],
        [[bound, estimate, log_evidence]])
    with results.picture(args, "posterior", n_columns=2) as (left, right):
        left.contour(axis, axis, np.exp(log_joint - log_evidence).T, cmap="Blues")
        left.contour(axis, axis, np.exp(log_q).T, cmap="Reds")
        left.set(title="posterior (blue), variational (red)", xlabel="z1", ylabel="z2")
        right.plot(bounds, linewidth=0.5, label="lower bound")
        right.axhline(log_evidence, color="black", label="evidence")
        right.set(xlabel="iteration", ylim=(log_evidence - 3., log_evidence + 0.3))
        right.legend()


if __name__ == "__main__":
    script.run(main, parse_options())
