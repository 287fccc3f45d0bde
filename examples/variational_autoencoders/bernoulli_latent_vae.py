"""A variational autoencoder with binary latents.

Bernoulli latents have no reparameterized samples. The default estimator is REINFORCE
with a learned baseline and a moving mean (Mnih and Gregor, "Neural variational
inference and learning in belief networks", 2014). The option `--estimator vimco`
selects VIMCO (Mnih and Rezende, 2016), a bound of several samples that requires no
baseline::

    python examples/variational_autoencoders/bernoulli_latent_vae.py --epochs 10
    python examples/variational_autoencoders/bernoulli_latent_vae.py --epochs 10 \
        --estimator vimco

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

TEST_BATCH = 100  # images; 1000 samples of z for each take the memory


def parse_options():
    parser = image_training.option_parser(
        __doc__.splitlines()[0], "bernoulli_latent_vae", particles=5)
    parser.add_argument("--z-dim", type=script.positive_int, default=200,
                        help="number of binary latents")
    parser.add_argument("--hidden", type=script.positive_int, default=500,
                        help="units of the two hidden layers of each network")
    parser.add_argument("--estimator", choices=["reinforce", "vimco"],
                        default="reinforce",
                        help="of the gradient; vimco needs --particles of 2 or more")
    args = image_training.parse(parser)
    if args.estimator == "vimco" and args.particles == 1:
        parser.error("--estimator vimco compares samples with each other; "
                     "expected --particles of 2 or more")
    return args


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, hidden, n, n_particles=1):
    bn = zs.BayesianNet()
    # z ~ Bernoulli(z|0.5)
    z = bn.bernoulli("z", tf.zeros([n, z_dim]), group_ndims=1,
                     n_samples=n_particles, dtype=tf.float32)
    # x_logits = f_NN(z)
    h = tf.layers.dense(z, hidden, activation=tf.nn.relu)
    h = tf.layers.dense(h, hidden, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    # x ~ Bernoulli(x|sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, hidden, n_z_per_x):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), hidden, activation=tf.nn.relu)
    h = tf.layers.dense(h, hidden, activation=tf.nn.relu)
    bn.bernoulli("z", tf.layers.dense(h, z_dim), group_ndims=1,
                 n_samples=n_z_per_x, dtype=tf.float32)
    return bn


def build_baseline(x):
    """A prediction of the bound of each image, `[n]`."""
    h = tf.layers.dense(tf.cast(x, tf.float32), 100, activation=tf.tanh)
    return tf.layers.dense(h, 1)[:, 0]


def main(args):
    # Data: grey images, binarized at each training step, and once for tests.
    data = image_training.load(args)
    x_dim = data.x_train.shape[1]

    # Build the model. All noise below is a function of `inputs.noise`.
    tf.set_random_seed(args.seed)  # of the initial weights
    inputs = image_training.Inputs(args.seed, x_dim)
    with zs.seeded(inputs.noise):
        x = inputs.binarize()
        model = build_gen(x_dim, args.z_dim, args.hidden, inputs.n, inputs.n_particles)
        variational = build_q_net(x, args.z_dim, args.hidden, inputs.n_particles)
        if args.estimator == "reinforce":
            lower_bounds = zs.variational.elbo(
                model, {"x": x}, variational=variational, axis=0)
            costs, baseline_costs = lower_bounds.reinforce(baseline=build_baseline(x))
            cost = tf.reduce_mean(costs) + tf.reduce_mean(baseline_costs)
        else:
            lower_bounds = zs.variational.importance_weighted_objective(
                model, {"x": x}, variational=variational, axis=0)
            cost = tf.reduce_mean(lower_bounds.vimco())
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
            x_rec=model.observe(z=variational["z"])["x_mean"])

    # Run the inference
    image_training.train(args, data, graph, test_particles=args.particles,
                         test_batch=TEST_BATCH)


if __name__ == "__main__":
    script.run(main, parse_options())
