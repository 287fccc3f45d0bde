"""Step time and peak memory of gradient estimators against the number of samples K.

    python -m benchmarks.estimators [--samples 10 100 1000] [ESTIMATOR ...]

A model of MNIST's size (batch 100, a layer of latents, 784 pixels), for each estimator
with latents of the kind that it is for. Each K is timed in a process of its own, the
estimators turn by turn; each peak is the resident memory of a process of its own,
beyond what a step with two samples takes. Ratios are to `sgvb()` at the same K.
"""
import argparse
import json
import resource
import subprocess
import sys

import numpy as np

BATCH, X_DIM, HIDDEN, Z_DIM = 100, 784, 200, 40
ESTIMATORS = ["sgvb", "dreg", "vimco", "reinforce"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("estimators", nargs="*", default=ESTIMATORS,
                        metavar="ESTIMATOR", help=", ".join(ESTIMATORS))
    parser.add_argument("--samples", type=int, nargs="+", default=[10, 100, 1000],
                        metavar="K", help="numbers of samples")
    parser.add_argument("--rounds", type=int, default=5,
                        help="how often each estimator has its turn")
    options = parser.parse_args()
    names = ["sgvb"] + [name for name in options.estimators if name != "sgvb"]
    print("| K | estimator | ms | ms / K | ratio | peak MiB | MiB / K | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for k in options.samples:
        seconds = in_new_process("step_times", names, k, options.rounds)
        peaks = [in_new_process("peak_memory", name, k) for name in names]
        for name, time, peak in zip(names, seconds, peaks):
            print("| %d | `%s()` | %.1f | %.3f | %.2f | %.0f | %.2f | %.2f |" % (
                k, name, 1e3 * time, 1e3 * time / k, time / seconds[0],
                peak, peak / k, peak / peaks[0]), flush=True)


def in_new_process(function, *arguments):
    """The value of a function of this module."""
    done = subprocess.run(
        [sys.executable, "-c", "import json, sys; from benchmarks import estimators; "
         "print(json.dumps(estimators.%s(*json.loads(sys.argv[1]))))" % function,
         json.dumps(arguments)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.decode().splitlines()[-1])


def step_times(names, k, rounds):
    """Seconds of a step, for each estimator."""
    from benchmarks.timing import interleave

    steps = {name: make_step(name, k) for name in names}
    timings = interleave(steps, "sgvb", rounds=rounds, calls=1, warm_up=2)
    return [timing.seconds for timing in timings]


def peak_memory(name, k):
    """MiB that steps take at most, beyond a step with the fewest samples."""
    make_step(name, 2)()
    before = peak_of_this_process()
    step = make_step(name, k)
    for _ in range(3):
        step()
    return peak_of_this_process() - before


def peak_of_this_process():
    """MiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.


def make_step(name, k):
    """A function that computes the gradients of one estimator with K samples."""
    import tensorflow as tf

    import zhusuan as zs

    random = np.random.RandomState(0)

    def weights(n_in, n_out):
        values = random.normal(0., n_in ** -0.5, [n_in, n_out])
        return tf.Variable(values, dtype=tf.float32)

    is_discrete = name in ("vimco", "reinforce")
    q_1, q_2 = weights(X_DIM, HIDDEN), weights(HIDDEN, Z_DIM)
    p_1, p_2 = weights(Z_DIM, HIDDEN), weights(HIDDEN, X_DIM)
    variables = [q_1, q_2, p_1, p_2]
    x = tf.constant(random.binomial(1, 0.13, [BATCH, X_DIM]), tf.int32)

    def latent(bn, parameters, n_samples=None):
        if is_discrete:
            return bn.bernoulli("z", parameters, group_ndims=1, n_samples=n_samples,
                                dtype=tf.float32)
        return bn.normal("z", parameters, std=1., group_ndims=1, n_samples=n_samples)

    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = latent(bn, tf.zeros([BATCH, Z_DIM]))
        h = tf.nn.relu(tf.tensordot(z, p_1, 1))
        bn.bernoulli("x", tf.tensordot(h, p_2, 1), group_ndims=1)
        return bn
    model = build()  # eagerly, the moving mean belongs to it

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            q = zs.BayesianNet()
            h = tf.nn.relu(tf.matmul(tf.cast(x, tf.float32), q_1))
            latent(q, tf.matmul(h, q_2), n_samples=k)
            make = (zs.variational.elbo if name == "reinforce"
                    else zs.variational.iw_objective)
            bound = make(model, {"x": x}, variational=q, axis=0)
            cost = tf.reduce_mean(getattr(bound, name)())
        return tape.gradient(cost, variables)

    return lambda: [gradient.numpy() for gradient in gradients()]


if __name__ == "__main__":
    main()
