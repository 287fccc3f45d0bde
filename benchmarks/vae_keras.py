"""The steps of `vae.py` in the idiom of TensorFlow 2: compiled, and by `fit`.

Networks and Adam are those of Keras 3.
"""
import functools
import threading

import tensorflow as tf

import zhusuan as zs
from benchmarks.modes import network
from benchmarks.vae_others import X_DIM, Z_DIM, all_images, batches
from benchmarks.work import Work

N_FIT_STEPS = 6000  # which `fit` divides into 100 epochs

__all__ = ["compiled", "fit"]


def compiled(objective="elbo", batch=128, n_particles=1):
    """A batch is passed to each step, which XLA compiles."""
    vae, take = VAE(objective), batches(batch)
    optimizer = tf.keras.optimizers.Adam(0.001)
    optimizer.build(vae.weights)

    @tf.function(jit_compile=True)
    def step(x):
        with tf.GradientTape() as tape:
            cost = vae.cost(x, n_particles)
        optimizer.apply_gradients(zip(tape.gradient(cost, vae.weights), vae.weights))
        return cost

    return Work(lambda: step(tf.constant(take())).numpy())


def fit(objective="elbo", batch=128, n_particles=1):
    """Epochs of `zs.variational.fit`, whose steps are a compiled loop.

    The fit runs in a thread and waits at the end of each epoch.
    """
    vae, epochs = VAE(objective), Epochs()
    objective, estimator = {
        "elbo": ("elbo", "sgvb"), "iw": ("importance_weighted", "sgvb"),
        "vimco": ("importance_weighted", "vimco")}[objective]
    run = functools.partial(
        zs.variational.fit, vae.model(batch, n_particles), posterior=vae.posterior,
        n_steps=N_FIT_STEPS, n_particles=n_particles, objective=objective,
        estimator=estimator, data={"x": all_images("int32")}, batch_size=batch, seed=1,
        optimizer=tf.keras.optimizers.Adam(0.001), progress_bar=False,
        variables=[x.value for x in vae.weights], callbacks=[epochs])
    threading.Thread(target=run, daemon=True).start()
    epochs.ended.acquire()
    return Work(epochs.run, N_FIT_STEPS // 100)


class Epochs:
    """A callback that lets a fit run one epoch at a time."""

    def __init__(self):
        self.started, self.ended = threading.Semaphore(0), threading.Semaphore(0)

    def on_epoch_end(self, epoch, logs=None):
        self.ended.release()
        self.started.acquire()

    def run(self):
        self.started.release()
        self.ended.acquire()


class VAE:
    """The networks, the model and the posterior."""

    def __init__(self, objective):
        self._objective, self._is_discrete = objective, objective == "vimco"
        self._encoder = network([X_DIM], Z_DIM if self._is_discrete else 2 * Z_DIM)
        self._decoder = network([None, Z_DIM], X_DIM)
        self.weights = (self._encoder.trainable_variables
                        + self._decoder.trainable_variables)

    def model(self, n, n_particles):
        @zs.meta_bayesian_net()
        def build():
            bn = zs.BayesianNet()
            zeros = tf.zeros([n, Z_DIM])
            z = bn.bernoulli(
                "z", zeros, group_ndims=1, n_samples=n_particles, dtype=tf.float32
            ) if self._is_discrete else bn.normal(
                "z", zeros, std=1., group_ndims=1, n_samples=n_particles)
            bn.bernoulli("x", self._decoder(z), group_ndims=1)
            return bn
        return build()

    def posterior(self, n_samples, x):
        bn = zs.BayesianNet()
        parameters = self._encoder(tf.cast(x, tf.float32))
        if self._is_discrete:
            bn.bernoulli("z", parameters, group_ndims=1, n_samples=n_samples,
                         dtype=tf.float32)
        else:
            mean, logstd = tf.split(parameters, 2, axis=-1)
            bn.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=n_samples)
        return bn

    def cost(self, x, n_particles):
        make = (zs.variational.elbo if self._objective == "elbo"
                else zs.variational.iw_objective)
        bound = make(self.model(len(x), n_particles), {"x": x},
                     variational=self.posterior(n_particles, x), axis=0)
        return tf.reduce_mean(bound.vimco() if self._is_discrete else bound.sgvb())
