"""Training steps of the tutorial's VAE, with its importance weighted and VIMCO kin.

Adam on an encoder of 784-500-500-40 and a decoder of 40-500-500-784. The objective is
"elbo", "iw" (IWAE) or "vimco" (Bernoulli instead of normal latents).
The same steps in the idiom of TensorFlow 2 are in `vae_keras.py`, the floors in
`vae_by_hand.py`, other libraries in `vae_others.py` and `vae_torch.py`.
"""
import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf
from benchmarks.vae_by_hand import HIDDEN, N_IMAGES, X_DIM, Z_DIM, build, fed, images
from benchmarks.work import Work

N_LOOPED = 20  # steps in one call

# -- The model --------------------------------------------------------------------

@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, n, n_particles, is_discrete):
    bn = zs.BayesianNet()
    z = latent(bn, is_discrete, tf.zeros([n, z_dim]), 0., n_particles)
    h = tf.layers.dense(z, HIDDEN, activation=tf.nn.relu)
    h = tf.layers.dense(h, HIDDEN, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, n_z_per_x, is_discrete):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), HIDDEN, activation=tf.nn.relu)
    h = tf.layers.dense(h, HIDDEN, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    z_logstd = None if is_discrete else tf.layers.dense(h, z_dim)
    latent(bn, is_discrete, z_mean, z_logstd, n_z_per_x)
    return bn


def latent(bn, is_discrete, parameter, logstd, n_samples):
    if is_discrete:
        return bn.bernoulli("z", parameter, group_ndims=1, n_samples=n_samples,
                            dtype=tf.float32)
    return bn.normal("z", parameter, group_ndims=1, n_samples=n_samples,
                     **({"std": 1.} if isinstance(logstd, float) and logstd == 0.
                        else {"logstd": logstd}))


def zhusuan_cost(objective, x, n, n_particles):
    is_discrete = objective == "vimco"
    model = build_gen(X_DIM, Z_DIM, n, n_particles, is_discrete)
    variational = build_q_net(x, Z_DIM, n_particles, is_discrete)
    make = zs.variational.elbo if objective == "elbo" else zs.variational.iw_objective
    bound = make(model, {"x": x}, variational=variational, axis=0)
    return tf.reduce_mean(bound.vimco() if is_discrete else bound.sgvb())


# -- Steps ------------------------------------------------------------------------

def in_graph(objective="elbo", batch=128, n_particles=1, cost=zhusuan_cost):
    """All images are fed once; the graph takes a batch of them at each step."""
    session, fetches, facts = graph_step(objective, batch, n_particles, cost)
    return Work(session.make_callable(fetches), **facts)


def graph_step(objective="elbo", batch=128, n_particles=1, cost=zhusuan_cost):
    """The Session, the fetches and facts of the steps of `in_graph`."""
    kept = []

    def inputs():
        every = tf.placeholder(tf.int32, [None, X_DIM])
        rows = tf.data.Dataset.range(N_IMAGES).repeat()
        rows = rows.batch(batch, drop_remainder=True)
        batches = tf.data.make_initializable_iterator(
            rows.map(lambda i: tf.gather(every, i)).prefetch(2))
        kept.extend([batches.initializer, every])
        return batches.get_next(), batch, n_particles

    session, fetches, _, facts = build(cost, objective, inputs)
    session.run(kept[0], {kept[1]: images(N_IMAGES)})
    return session, fetches, facts


def by_feeding(objective="elbo", batch=128, n_particles=1):
    """A batch is fed at each step, as in the tutorial."""
    return fed(zhusuan_cost, objective, batch, n_particles)


def with_compiled_cost(objective="elbo", batch=128, n_particles=1):
    """The steps of `in_graph`; XLA compiles the cost and its gradients."""
    def cost(*inputs):
        return zs.variational.compiled_cost(lambda: zhusuan_cost(*inputs))
    return in_graph(objective, batch, n_particles, cost)


def in_loop(objective="elbo", batch=128, n_particles=1):
    """Several steps in one call, of images in a variable, which is fed with rows."""
    n_batches = N_IMAGES // batch
    rows = np.arange(n_batches * batch, dtype="int32").reshape([n_batches, batch])
    rows = np.resize(rows, [N_LOOPED, batch])
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        tf.get_variable_scope().set_use_resource(True)
        optimizer = tf.train.AdamOptimizer(0.001)
        fed = tf.placeholder(tf.int32, [None, batch])

        def step(x):
            cost = zhusuan_cost(objective, tf.cast(x, tf.int32), batch, n_particles)
            return optimizer.minimize(cost), cost

        fetches = zs.utils.repeat_steps(
            step, fed, data=images(N_IMAGES).astype("uint8"))
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())
    run = session.make_callable(fetches, [fed])
    return Work(lambda: run(rows), N_LOOPED)
