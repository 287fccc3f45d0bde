"""Importance sampling of the test likelihood of the tutorial's VAE."""
import zhusuan as zs
import zhusuan.tf1 as tf
from benchmarks.vae import build_gen, build_q_net
from benchmarks.vae_by_hand import X_DIM, Z_DIM, images
from benchmarks.work import Work

__all__ = ["at_once", "in_chunks"]


def in_chunks(batch, n_samples, n_chunks):
    with tf.Graph().as_default() as graph, zs.seeded(1):
        tf.set_random_seed(1)
        x = tf.placeholder(tf.int32, [batch, X_DIM])
        log_likelihood = zs.is_loglikelihood(
            build_gen(X_DIM, Z_DIM, batch, n_samples, False), {"x": x},
            proposal=build_q_net(x, Z_DIM, n_samples, False), axis=0,
            n_chunks=n_chunks)
        mean = tf.reduce_mean(log_likelihood)
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())

    def call():
        return session.run(mean, {x: images(batch)})
    return Work(call, log_likelihood=round(float(call()), 3))


def at_once(batch, n_samples, n_chunks):
    if batch * n_samples > 100000:
        raise NotImplementedError("takes more memory than many machines have")
    return in_chunks(batch, n_samples, None)
