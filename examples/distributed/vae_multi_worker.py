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

import functools
import json
import os
import sys
import time

import numpy as np
import tensorflow as tf

import zhusuan as zs

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, images, runs, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "vae_multi_worker", batch_size=128, z_dim=40, hidden=500,
        learning_rate=0.001, dataset="mnist", data_dir="data")
    parser.add_argument("--steps", type=script.positive_int, default=4690,
                        help="train up to this step")
    parser.add_argument("--devices", nargs="*", default=None, metavar="DEVICE",
                        help="without TF_CONFIG: devices of this machine, such as "
                             "GPU:0 GPU:1; without names, all GPUs")
    parser.add_argument("--checkpoint-every", type=script.positive_int, default=100,
                        help="steps between checkpoints")
    parser.set_defaults(resume=True)
    return parser.parse(steps=20, batch_size=16, hidden=20)


def network(n_inputs, n_hidden, n_outputs):
    return tf.keras.Sequential([
        tf.keras.Input([n_inputs]), tf.keras.layers.Dense(n_hidden, "relu"),
        tf.keras.layers.Dense(n_hidden, "relu"), tf.keras.layers.Dense(n_outputs)])


@zs.meta_bayesian_net(scope="gen")
def build_gen(decoder, n, z_dim):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([n, z_dim]), std=1., group_ndims=1)
    bn.bernoulli("x", decoder(z), group_ndims=1, dtype=tf.float32)
    return bn


def main(args):
    # Devices
    is_chief = True
    if "TF_CONFIG" in os.environ:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        is_chief = json.loads(os.environ["TF_CONFIG"])["task"]["index"] == 0
    elif args.devices is not None:
        strategy = tf.distribute.MirroredStrategy(args.devices or None)
    else:
        strategy = tf.distribute.get_strategy()
    n_devices = strategy.num_replicas_in_sync
    share, rest = divmod(args.batch_size, n_devices)  # images per device
    if rest:
        sys.exit("--batch-size {} was given for {} devices; expected a multiple of "
                 "their number.".format(args.batch_size, n_devices))

    # Data and model
    run = runs.Run(args)
    x_train, _, _, _ = images.load(args)

    @functools.lru_cache(maxsize=1)  # one permutation per epoch
    def batches(epoch):
        return dataset.shuffled_batches(
            len(x_train), args.batch_size, args.seed, epoch)

    n_batches = len(batches(1))
    tf.keras.utils.set_random_seed(args.seed)  # for the initial weights
    with strategy.scope():
        decoder = network(args.z_dim, args.hidden, x_train.shape[1])
        encoder = network(x_train.shape[1], args.hidden, 2 * args.z_dim)
        weights = decoder.trainable_weights + encoder.trainable_weights
        optimizer = tf.keras.optimizers.Adam(args.learning_rate)
        optimizer.build(weights)

    def lower_bounds(x_input, step):
        """The bounds of the rows of a batch that this device has."""
        first = tf.distribute.get_replica_context().replica_id_in_sync_group * share
        # Draw the noise of the whole batch, and take that of these rows.
        with zs.seeded(tf.stack([tf.constant(args.seed, tf.int64), step])):
            threshold = zs.distributions.Uniform(tf.zeros(
                [args.batch_size, x_input.shape[1]]), 1.).sample()[first:first + share]
            noise = zs.distributions.Normal(tf.zeros(
                [args.batch_size, args.z_dim]), std=1.).sample()[first:first + share]
        x = tf.cast(threshold < x_input, tf.float32)
        z_mean, z_logstd = tf.split(encoder(x), 2, axis=-1)
        z = z_mean + tf.exp(z_logstd) * noise
        log_qz = zs.distributions.Normal(
            z_mean, logstd=z_logstd, group_ndims=1).log_prob(z)
        model = build_gen(decoder, share, args.z_dim)
        return model.observe(x=x, z=z).log_joint() - log_qz

    def train_on_device(x_input, step):
        with tf.GradientTape() as tape:
            # The sum of these bounds over all devices is the mean over the batch.
            bound = tf.reduce_sum(lower_bounds(x_input, step)) / args.batch_size
            cost = -bound
        # The optimizer sums the gradients over all devices by all-reduce.
        optimizer.apply_gradients(zip(tape.gradient(cost, weights), weights))
        return bound

    @tf.function
    def train(x_input, step):
        bounds = strategy.run(train_on_device, [x_input, step])
        return strategy.reduce(tf.distribute.ReduceOp.SUM, bounds, axis=None)

    # Train from the last checkpoint on
    bounds, start = [], time.time()
    for step in range(run.restore(tf.train.Checkpoint(
            decoder=decoder, encoder=encoder, optimizer=optimizer)), args.steps):
        epoch, t = divmod(step, n_batches)
        rows = np.split(x_train[batches(epoch + 1)[t]], n_devices)
        x_batch = strategy.experimental_distribute_values_from_function(
            lambda context, rows=rows: tf.constant(
                rows[context.replica_id_in_sync_group]))
        bounds.append(train(x_batch, tf.constant(step, tf.int64)))
        done = step + 1
        if done % args.checkpoint_every == 0 or done == args.steps:
            bound, speed = np.mean(bounds), len(bounds) * args.batch_size / (
                time.time() - start)
            if is_chief:
                run.save(done)
                print("Step {} ({:.0f} images/s on {} devices): Lower bound = "
                      "{:.4f}".format(done, speed, n_devices, bound), flush=True)
            bounds, start = [], time.time()


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("vae_multi_worker.py requires TensorFlow 2.16 or later, but this is "
                 "{}. Use vae.py on one device.".format(tf.__version__))
    script.run(main, parse_options())
