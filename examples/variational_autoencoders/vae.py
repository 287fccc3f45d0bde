"""A variational autoencoder of binarized images, step by step.

Kingma and Welling, "Auto-encoding variational Bayes" (2013). The tutorial
`docs/tutorials/vae.md` explains the model. The script is in TensorFlow-1 style;
`vae_eager.py` is its counterpart in TensorFlow-2 style::

    python examples/variational_autoencoders/vae.py --epochs 5

`metrics.csv` and `bounds.png` contain the bounds by epoch. `samples.epoch.N.png` shows
images of random latents, `reconstructions.png` images of latents inferred from test
images, and `latent_walk.png` images of points between such latents.

Results depend only on the options, the seed and the data. Training noise is a function
of the seed and the step, test noise of the seed and the test batch.
"""

import os
import sys

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import image_training, script


def parse_options():
    parser = image_training.option_parser(__doc__.splitlines()[0], "vae")
    parser.add_argument("--z-dim", type=script.positive_int, default=40,
                        help="dimension of the latent representation z")
    return image_training.parse(parser)


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, n, n_particles=1):
    bn = zs.BayesianNet()
    # z ~ N(z|0, I)
    z_mean = tf.zeros([n, z_dim])
    z = bn.normal("z", z_mean, std=1., group_ndims=1, n_samples=n_particles)
    # x_logits = f_NN(z)
    h = tf.layers.dense(z, 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    # x ~ Bernoulli(x|sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, n_z_per_x):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    z_logstd = tf.layers.dense(h, z_dim)
    bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1, n_samples=n_z_per_x)
    return bn


def main(args):
    # Data: grey images, binarized at each training step, and once for tests.
    data = image_training.load(args)
    x_dim = data.x_train.shape[1]

    # Build the model. All noise below is a function of `inputs.noise`.
    tf.set_random_seed(args.seed)  # of the initial weights
    inputs = image_training.Inputs(args.seed, x_dim)
    with zs.seeded(inputs.noise):
        x = inputs.binarize()
        model = build_gen(x_dim, args.z_dim, inputs.n, inputs.n_particles)
        variational = build_q_net(x, args.z_dim, inputs.n_particles)
        lower_bounds = zs.variational.elbo(
            model, {"x": x}, variational=variational, axis=0)
        cost = tf.reduce_mean(lower_bounds.sgvb())
        optimizer = tf.train.AdamOptimizer(args.learning_rate)
        infer_op = optimizer.minimize(
            cost, global_step=tf.train.get_global_step())

        graph = image_training.Graph(
            inputs, infer_op,
            mean_bound=tf.reduce_mean(lower_bounds),
            lower_bounds=lower_bounds,
            # Importance sampling estimates of log p(x)
            log_likelihoods=zs.is_loglikelihood(
                model, {"x": x}, proposal=variational, axis=0,
                n_chunks=image_training.IS_CHUNKS),
            # Mean images of random z, and of z inferred from x
            x_gen=model.observe()["x_mean"],
            x_rec=model.observe(z=variational["z"])["x_mean"],
            z=variational["z"].tensor)

    # Run the inference
    image_training.train(args, data, graph)


if __name__ == "__main__":
    script.run(main, parse_options())
