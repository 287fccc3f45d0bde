"""The variational autoencoder of `vae.py` on several devices by data parallelism.

Each device processes its rows of each batch, and a collective all-reduce sums the
gradients. On several machines, set TF_CONFIG on each machine and run the script there,
with a shared result directory. On several GPUs of one machine, use --devices. This
command runs two workers on one machine::

    python -m zhusuan.launch --workers 2 examples/distributed/vae_multi_worker.py \
        --steps 50

Noise is a function of the seed, the step and the position of the image in the batch.
The number of devices therefore affects only the order of sums. The chief (worker 0)
writes checkpoints, from which a restarted job resumes.
"""

import json
import os
import sys
import time

import numpy as np
import tensorflow as tf

import zhusuan as zs

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import checkpoint, dataset, files, script

NOT_SETTINGS = ("steps", "data_dir", "result_dir", "checkpoint_every", "devices")


def parse_options():
    parser = script.OptionParser(__doc__.splitlines()[0])
    option = parser.add_argument
    option("--steps", type=script.positive_int, default=4690, help="train up to here")
    option("--batch-size", type=script.positive_int, default=128,
           help="images per step, over all devices")
    option("--z-dim", type=script.positive_int, default=40,
           help="dimension of the latent representation z")
    option("--hidden", type=script.positive_int, default=500,
           help="units of each hidden layer")
    option("--learning-rate", type=script.positive_float, default=0.001,
           help="of Adam")
    option("--seed", type=script.seed, default=1234, help="of all random numbers")
    option("--devices", nargs="*", default=None, metavar="DEVICE",
           help="without TF_CONFIG: devices of this machine, such as GPU:0 GPU:1; "
                "all GPUs where none is named")
    option("--checkpoint-every", type=script.positive_int, default=100,
           help="steps between checkpoints")
    option("--dataset", choices=["mnist", "fashion_mnist"], default="mnist",
           help="the images")
    option("--data-dir", default="data",
           help="where the data set is, or is downloaded to")
    option("--result-dir", default=os.path.join("results", "vae_multi_worker"),
           help="for the checkpoint")
    option("--smoke", action="store_true",
           help="make a few steps with small networks, to see in seconds that all "
                "works; results go to the folder smoke in the result directory")
    args = parser.parse_args()
    if args.smoke:
        parser.set_defaults(steps=20, batch_size=16, hidden=20)
        args = parser.parse_args()
        args.result_dir = os.path.join(args.result_dir, "smoke")
    return args


def choose_strategy(devices):
    """How to spread the work, and whether this process is the chief."""
    if "TF_CONFIG" in os.environ:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        return strategy, json.loads(os.environ["TF_CONFIG"])["task"]["index"] == 0
    if devices is not None:
        return tf.distribute.MirroredStrategy(devices or None), True
    return tf.distribute.get_strategy(), True


def network(n_inputs, n_hidden, n_outputs):
    return tf.keras.Sequential([
        tf.keras.Input([n_inputs]), tf.keras.layers.Dense(n_hidden, "relu"),
        tf.keras.layers.Dense(n_hidden, "relu"), tf.keras.layers.Dense(n_outputs)])


class Training:
    """A VAE with its optimizer: one step at a time, on all devices."""

    def __init__(self, args, strategy, x_dim):
        self._args, self._strategy = args, strategy
        tf.keras.utils.set_random_seed(args.seed)  # of the initial weights
        with strategy.scope():
            self._decoder = network(args.z_dim, args.hidden, x_dim)
            self._encoder = network(x_dim, args.hidden, 2 * args.z_dim)
            self._optimizer = tf.keras.optimizers.Adam(args.learning_rate)
            self._weights = (self._decoder.trainable_weights
                             + self._encoder.trainable_weights)
            self._optimizer.build(self._weights)

    @property
    def variables(self):
        """All that a checkpoint holds, by name."""
        everything = self._weights + self._optimizer.variables
        return {"{:02d} {}".format(i, v.path): v for i, v in enumerate(everything)}

    @tf.function
    def step(self, x, number):
        """Train on the images `x` (this process's rows); the bound's mean over all."""
        bounds = self._strategy.run(self._replica_step, [x, number])
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, bounds, axis=None)

    def _replica_step(self, x, number):
        context = tf.distribute.get_replica_context()
        with tf.GradientTape() as tape:
            bounds = self._lower_bounds(x, number, context)
            # Summed over all devices this is the mean over the batch.
            cost = -tf.reduce_sum(bounds) / self._args.batch_size
        gradients = tape.gradient(cost, self._weights)
        # The optimizer sums them over all devices, by all-reduce.
        self._optimizer.apply_gradients(zip(gradients, self._weights))
        return tf.reduce_sum(bounds) / self._args.batch_size

    def _lower_bounds(self, grey, number, context):
        batch, n = self._args.batch_size, len(grey)
        first = context.replica_id_in_sync_group * n
        # The noise of the whole batch, of which these images' rows are taken.
        with zs.seeded(tf.stack([tf.constant(self._args.seed, tf.int64), number])):
            threshold = zs.distributions.Uniform(
                tf.zeros([batch, grey.shape[1]]), 1.).sample()[first:first + n]
            noise = zs.distributions.Normal(
                tf.zeros([batch, self._args.z_dim]), std=1.).sample()[first:first + n]
        x = tf.cast(threshold < grey, tf.float32)
        z_mean, z_logstd = tf.split(self._encoder(x), 2, axis=-1)
        z = z_mean + tf.exp(z_logstd) * noise
        log_qz = zs.distributions.Normal(
            z_mean, logstd=z_logstd, group_ndims=1).log_prob(z)
        model = build_gen(self._decoder, n, self._args.z_dim)
        return model.observe(x=x, z=z).log_joint() - log_qz


@zs.meta_bayesian_net(scope="gen")
def build_gen(decoder, n, z_dim):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([n, z_dim]), std=1., group_ndims=1)
    bn.bernoulli("x", decoder(z), group_ndims=1, dtype=tf.float32)
    return bn


def rows_of(strategy, args, x_train, step):
    """The images of a step that the devices of this process train on, for `run`."""
    iters = dataset.count_batches(len(x_train), args.batch_size)
    epoch, t = divmod(step, iters)
    order = checkpoint.epoch_rng(args.seed, epoch + 1).permutation(len(x_train))
    batch = x_train[order[t * args.batch_size:(t + 1) * args.batch_size]]
    share = args.batch_size // strategy.num_replicas_in_sync

    def rows(context):
        first = context.replica_id_in_sync_group * share
        return tf.constant(batch[first:first + share])

    return strategy.experimental_distribute_values_from_function(rows)


def main(args):
    strategy, is_chief = choose_strategy(args.devices)
    replicas = strategy.num_replicas_in_sync
    if args.batch_size % replicas:
        sys.exit("--batch-size {} was given for {} devices; expected a multiple of "
                 "their number.".format(args.batch_size, replicas))
    files.prepare_result_dir(args.result_dir)
    x_train = dataset.load_mnist(args.data_dir, args.dataset).x_train
    training = Training(args, strategy, x_train.shape[1])
    settings = {name: value for name, value in vars(args).items()
                if name not in NOT_SETTINGS}

    start = restore(args, training, settings)
    bounds, time_start = [], time.time()
    for step in range(start, args.steps):
        x = rows_of(strategy, args, x_train, step)
        bounds.append(training.step(x, tf.constant(step, tf.int64)))
        done = step + 1
        if done % args.checkpoint_every == 0 or done == args.steps:
            time_taken, bound = time.time() - time_start, np.mean(bounds)
            if is_chief:
                arrays = {n: v.numpy() for n, v in training.variables.items()}
                checkpoint.save_arrays(args.result_dir, done, arrays, settings)
                print("Step {} ({:.0f} images/s on {} devices): Lower bound = "
                      "{:.4f}".format(done, len(bounds) * args.batch_size / time_taken,
                                      replicas, bound), flush=True)
            bounds, time_start = [], time.time()


def restore(args, training, settings):
    """The number of steps that are done, whose checkpoint the variables now hold."""
    shapes = {name: list(v.shape) for name, v in training.variables.items()}
    last = checkpoint.load_arrays(args.result_dir, shapes, settings)
    if last is None:
        return 0
    for name, variable in training.variables.items():
        variable.assign(last.arrays[name])
    return last.epoch


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("vae_multi_worker.py needs TensorFlow 2.16 or later, but this is {}. "
                 "Use vae.py on one device.".format(tf.__version__))
    script.run(main, parse_options())
