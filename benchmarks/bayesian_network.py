"""A step of mean-field `fit` for a model of `zs.keras.bayesian`, and by hand.

The second model has the same nodes, written in ZhuSuan without Keras. Where other
processes share the cores, wall times are noise, and

    python -m benchmarks.bayesian_network

prints ratios of processor time, from alternating rounds in one process.
"""
import statistics
import time

import numpy as np
import tensorflow as tf

from benchmarks.work import Work

__all__ = ["by_hand", "zhusuan"]

SIZES, BATCH, N_SAMPLES, NOISE = (13, 50, 1), 128, 10, 0.5
ROUNDS, STEPS = 15, 100


def zhusuan():
    import zhusuan as zs

    keras = tf.keras
    return steps_of(zs.keras.bayesian(keras.Sequential([
        keras.Input(SIZES[:1]), keras.layers.Dense(SIZES[1], "relu"),
        keras.layers.Dense(SIZES[2])]), noise=NOISE))


def by_hand():
    import zhusuan as zs

    @zs.meta_bayesian_net()
    def network(x):
        bn = zs.BayesianNet()
        for i, (n_in, n_out) in enumerate(zip(SIZES[:-1], SIZES[1:])):
            kernel = bn.normal("kernel%d" % i, tf.zeros([n_in, n_out]),
                               std=n_in ** -0.5, group_ndims=2)
            bias = bn.normal("bias%d" % i, tf.zeros([n_out]), std=1., group_ndims=1)
            x = tf.matmul(tf.nn.relu(x) if i else x, kernel) + bias[..., None, :]
        bn.normal("y", x[..., 0], std=NOISE, group_ndims=1)
        return bn

    return steps_of(network())


def steps_of(model):
    """Many compiled steps of gradient descent on the ELBO."""
    import zhusuan as zs

    rng = np.random.RandomState(0)
    data = {"x": rng.normal(size=[BATCH, SIZES[0]]).astype(np.float32),
            "y": rng.normal(size=BATCH).astype(np.float32)}
    posterior = zs.variational.posteriors.MeanField(model, data, seed=1)
    variables = list(posterior.variables)

    def step(i, total):
        with tf.GradientTape() as tape:
            cost = zs.variational.elbo(
                model, data, variational=posterior(N_SAMPLES), axis=0).sgvb()
        for variable, gradient in zip(variables, tape.gradient(cost, variables)):
            variable.assign_sub(1e-4 * gradient)
        return i + 1, total + cost

    steps = tf.function(lambda: tf.while_loop(
        lambda i, _: i < STEPS, step, (0, 0.))[1], autograph=False, jit_compile=True)
    return Work(lambda: steps().numpy(), STEPS)


def main():
    works = {peer: peer() for peer in (zhusuan, by_hand)}
    seconds = {peer: [] for peer in works}
    for number in range(ROUNDS + 1):
        for peer, work in works.items():
            start = time.process_time()
            work.call()
            if number:  # the first round compiles
                seconds[peer].append((time.process_time() - start) / STEPS)
    ratios = [a / b for a, b in zip(seconds[zhusuan], seconds[by_hand])]
    print("%s ms; ZhuSuan to by_hand %.2f (%.2f to %.2f)" % (
        ", ".join("%s %.3f" % (peer.__name__, 1e3 * statistics.median(each))
                  for peer, each in seconds.items()),
        statistics.median(ratios), min(ratios), max(ratios)))


if __name__ == "__main__":
    main()
