"""A sigmoid belief net of binarized images, trained by adaptive importance sampling.

Bornschein and Bengio, "Reweighted wake-sleep" (2015). Samples of the approximate
posterior have importance weights. The model maximizes the bound of several samples. The
approximate posterior minimizes the inclusive KL divergence, which requires no gradient
through samples. The model is that of `sbn_vimco.py`::

    python examples/sigmoid_belief_nets/sbn_adaptive_is.py --epochs 3

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

TEST_BATCH = 100  # images; 1000 samples of all layers for each take the memory
LATENTS = ["h1", "h2", "h3"]


def parse_options():
    parser = image_training.option_parser(
        __doc__.splitlines()[0], "sbn_adaptive_is", particles=10, batch_size=24)
    parser.add_argument("--layer-dims", type=script.positive_int, nargs=3,
                        default=[200, 200, 200], metavar="DIM",
                        help="latents in each layer, from the one next to x up")
    return image_training.parse(parser)


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, layer_dims, n, n_particles=1):
    bn = zs.BayesianNet()
    # h3 ~ Bernoulli(h3|0.5), the top layer
    h = bn.bernoulli("h3", tf.zeros([n, layer_dims[2]]), group_ndims=1,
                     n_samples=n_particles, dtype=tf.float32)
    # h_l ~ Bernoulli(h_l|sigmoid(W h_{l+1} + b))
    for name, dim in [("h2", layer_dims[1]), ("h1", layer_dims[0])]:
        h = bn.bernoulli(name, tf.layers.dense(h, dim), group_ndims=1,
                         dtype=tf.float32)
    # x ~ Bernoulli(x|sigmoid(W h1 + b))
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, layer_dims, n_h_per_x):
    bn = zs.BayesianNet()
    h = bn.bernoulli("h1", tf.layers.dense(tf.cast(x, tf.float32), layer_dims[0]),
                     group_ndims=1, n_samples=n_h_per_x, dtype=tf.float32)
    for name, dim in [("h2", layer_dims[1]), ("h3", layer_dims[2])]:
        h = bn.bernoulli(name, tf.layers.dense(h, dim), group_ndims=1,
                         dtype=tf.float32)
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
        model = build_gen(x_dim, args.layer_dims, inputs.n, inputs.n_particles)
        variational = build_q_net(x, args.layer_dims, inputs.n_particles)
        lower_bounds = zs.variational.importance_weighted_objective(
            model, {"x": x}, variational=variational, axis=0)
        divergences = zs.variational.klpq(
            model, {"x": x}, variational=variational, axis=0)
        optimizer = tf.train.AdamOptimizer(args.learning_rate, epsilon=1e-4)
        gradients = optimizer.compute_gradients(
            -tf.reduce_mean(lower_bounds), tf.trainable_variables("gen"))
        gradients += optimizer.compute_gradients(
            tf.reduce_mean(divergences.importance()), tf.trainable_variables("q_net"))
        infer_op = optimizer.apply_gradients(
            gradients, global_step=tf.train.get_global_step())

        graph = image_training.Graph(
            inputs, infer_op,
            mean_bound=tf.reduce_mean(lower_bounds),
            lower_bounds=lower_bounds,
            # Importance sampling estimates of log p(x)
            log_likelihoods=zs.is_loglikelihood(
                model, {"x": x}, proposal=variational, axis=0,
                n_chunks=image_training.IS_CHUNKS),
            # Mean images of random latents, and of those inferred from x
            x_gen=model.observe()["x_mean"],
            x_rec=model.observe(
                **{name: variational[name] for name in LATENTS})["x_mean"])

    # Run the inference
    image_training.train(args, data, graph, test_particles=args.particles,
                         test_batch=TEST_BATCH)


if __name__ == "__main__":
    script.run(main, parse_options())
