"""A training step of a network of DenseFlipout layers, and what it is made of.

Flipout takes twice the matrix products of a dense layer, so it is compared with a step
of two networks of the same size, written in TensorFlow. They have as many variables,
and the optimizer is the same. Where other processes share the cores, wall times are
noise, and

    python -m benchmarks.flipout

prints ratios of processor time, from alternating rounds in one process.
"""
import statistics
import time

import numpy as np
import tensorflow as tf

from benchmarks.work import Work

__all__ = ["by_hand", "noise", "zhusuan"]

SIZES, BATCH = (784, 400, 400, 10), 128
ROUNDS, STEPS = 15, 10


def zhusuan(mode):
    import zhusuan as zs

    keras = tf.keras
    network = keras.Sequential([keras.Input(SIZES[:1])] + [
        zs.layers.DenseFlipout(n, activation, kl_weight=1. / 60000)
        for n, activation in zip(SIZES[1:], ["relu", "relu", None])])

    def cost(x, t):
        logits = network(x, training=True)
        return cross_entropy(logits, t) + sum(network.losses)

    return step_of(cost, network.trainable_variables, mode)


def by_hand(mode):
    networks = [[deterministic_layer(*shape) for shape in zip(SIZES[:-1], SIZES[1:])]
                for _ in range(2)]

    def cost(x, t):
        return sum(cross_entropy(forward(layers, x), t) for layers in networks)

    return step_of(cost, [variable for layers in networks for layer in layers
                          for variable in layer], mode)


def noise(mode):
    """The random numbers of such a step, and nothing else."""
    import zhusuan as zs

    distributions = [zs.distributions.Normal(tf.zeros(shape), std=1.)
                     for shape in zip(SIZES[:-1], SIZES[1:])]
    seeds = tf.keras.random.SeedGenerator(1)

    def step():
        with zs.seeded(seeds.next()):
            return sum(tf.reduce_sum(each.sample()) for each in distributions)

    return work_of(step, mode)


def deterministic_layer(n_in, n_out):
    kernel = np.random.RandomState(1).normal(0., 0.05, [n_in, n_out])
    return [tf.keras.Variable(initial, dtype="float32")
            for initial in (kernel, np.zeros(n_out))]


def forward(layers, x):
    for kernel, bias in layers[:-1]:
        x = tf.nn.relu(tf.matmul(x, kernel) + bias)
    kernel, bias = layers[-1]
    return tf.matmul(x, kernel) + bias


def cross_entropy(logits, t):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(t, logits))


def step_of(cost, variables, mode):
    """Steps of Adam on the cost."""
    rng = np.random.RandomState(0)
    x = tf.constant(rng.uniform(size=[BATCH, SIZES[0]]), tf.float32)
    t = tf.constant(rng.randint(SIZES[-1], size=BATCH))
    optimizer = tf.keras.optimizers.Adam(0.001)
    optimizer.build(variables)

    def step():
        with tf.GradientTape() as tape:
            value = cost(x, t)
        gradients = tape.gradient(value, [v.value for v in variables])
        optimizer.apply_gradients(zip(gradients, variables))
        return value

    return work_of(step, mode)


def work_of(step, mode):
    step = tf.function(step, autograph=False, jit_compile=mode == "compiled")
    return Work(lambda: step().numpy())


def main():
    for mode in "compiled", "traced":
        works = {peer: peer(mode) for peer in (zhusuan, by_hand, noise)}
        seconds = {peer: [] for peer in works}
        for number in range(ROUNDS + 1):
            for peer, work in works.items():
                spent = processor_seconds(work)
                if number:  # the first round compiles
                    seconds[peer].append(spent)
        ratios = [a / b for a, b in zip(seconds[zhusuan], seconds[by_hand])]
        print("%s: %s ms; ZhuSuan to by_hand %.2f (%.2f to %.2f)" % (
            mode, ", ".join("%s %.2f" % (peer.__name__, 1e3 * statistics.median(each))
                            for peer, each in seconds.items()),
            statistics.median(ratios), min(ratios), max(ratios)))


def processor_seconds(work):
    """The time of one step."""
    start = time.process_time()
    for _ in range(STEPS):
        work.call()
    return (time.process_time() - start) / STEPS


if __name__ == "__main__":
    main()
