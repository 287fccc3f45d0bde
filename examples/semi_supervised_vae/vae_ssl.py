"""A semi-supervised variational autoencoder: 100 labels, 60,000 images.

Model M2 of Kingma, Rezende, Mohamed and Welling, "Semi-supervised learning with
deep generative models" (2014). The latents of an image are its class y and its style
z::

    python examples/semi_supervised_vae/vae_ssl.py --epochs 10

For images without a label, the bound is a sum over all classes. The test reports the
error of the classifier, a small convolutional net with dropout. The pictures show one
class per column and one style per row.

Results depend only on the options, the seed and the data. Training noise is a function
of the seed and the step, test noise of the seed and the test batch.
"""

import os
import sys

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import dataset, image_training, script

SIDE = 28  # of an image
N_CLASSES = 10


def parse_options():
    parser = image_training.option_parser(
        __doc__.splitlines()[0], "vae_ssl", has_log_likelihood=False,
        epochs=10, batch_size=100)
    option = parser.add_argument
    option("--z-dim", type=script.positive_int, default=50,
           help="dimension of the style z")
    option("--hidden", type=script.positive_int, default=300,
           help="units of the hidden layers of p(x|z, y) and q(z|x, y)")
    option("--labels", type=script.positive_int, default=100,
           help="images whose label is known, as many of each class; every step "
                "sees them all")
    option("--labelled-weight", type=script.positive_float, default=0.1,
           help="of the bound of an image with label, beside one without")
    option("--classifier-weight", type=script.positive_float, default=50.,
           help="of log q(y|x) of labels in the objective")
    return image_training.parse(parser)


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, hidden):
    bn = zs.BayesianNet()
    # y ~ Categorical(y|1/10), z ~ N(z|0, I)
    y = bn.onehot_categorical("y", tf.zeros([N_CLASSES]), dtype=tf.float32)
    z = bn.normal("z", tf.zeros([z_dim]), std=1., group_ndims=1)
    # x ~ Bernoulli(x|sigmoid(f_NN(z, y)))
    h = tf.nn.relu(tf.layers.dense(z, hidden)
                   + tf.layers.dense(y, hidden, use_bias=False))
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="qz_xy")
def build_qz_xy(x, y, z_dim, hidden, n_z_per_x=1):
    bn = zs.BayesianNet()
    # A dense layer of [x, y], but x passes once for all classes in y.
    h = tf.nn.relu(tf.layers.dense(tf.cast(x, tf.float32), hidden)
                   + tf.layers.dense(y, hidden, use_bias=False))
    bn.normal("z", tf.layers.dense(h, z_dim), logstd=tf.layers.dense(h, z_dim),
              group_ndims=1, n_samples=n_z_per_x)
    return bn


@zs.reuse_variables(scope="qy_x")
def qy_x(x, is_training):
    """The logits of the classifier. While training it forgets half of its units."""
    h = tf.reshape(tf.cast(x, tf.float32), [-1, SIDE, SIDE, 1])
    for channels in 8, 16:
        h = tf.layers.conv2d(h, channels, 5, padding="same", activation=tf.nn.relu)
        h = tf.layers.max_pooling2d(h, 2, 2)
    h = tf.layers.flatten(h)
    h = tf.layers.dense(drop_half(h) if is_training else h, 128, activation=tf.nn.relu)
    return tf.layers.dense(drop_half(h) if is_training else h, N_CLASSES)


def drop_half(h):
    return h * 2. * zs.distributions.Bernoulli(
        tf.zeros_like(h), dtype=tf.float32).sample()


def main(args):
    # Data: grey images, binarized anew at each step, those with labels as well; for
    # tests once.
    data = image_training.load(args)
    x_dim = data.x_train.shape[1]
    labelled = dataset.choose_labelled(data.t_train, args.labels, args.seed)

    # Build the model. All noise below is a function of `inputs.noise`.
    tf.set_random_seed(args.seed)  # of the initial weights
    inputs = image_training.Inputs(args.seed, x_dim)
    with zs.seeded(inputs.noise):
        model = build_gen(x_dim, args.z_dim, args.hidden)

        # L(x, y), a bound on log p(x, y), of the images with labels
        x_labelled = image_training.binarize(tf.constant(data.x_train[labelled]))
        y_labelled = tf.one_hot(data.t_train[labelled], N_CLASSES)
        labelled_bounds = zs.variational.elbo(
            model, {"x": x_labelled, "y": y_labelled},
            variational=build_qz_xy(x_labelled, y_labelled, args.z_dim, args.hidden,
                                    inputs.n_particles), axis=0)
        log_q_labels = zs.distributions.OnehotCategorical(
            qy_x(x_labelled, is_training=True), dtype=tf.float32).log_prob(y_labelled)

        # U(x), a bound on log p(x), of those without: L(x, y) for y of shape
        # [classes, n, classes], averaged with q(y|x), plus the entropy of q(y|x)
        x = inputs.binarize()
        y = tf.tile(tf.eye(N_CLASSES)[:, None], [1, tf.shape(x)[0], 1])
        bounds_by_class = zs.variational.elbo(
            model, {"x": x, "y": y},
            variational=build_qz_xy(x, y, args.z_dim, args.hidden,
                                    inputs.n_particles), axis=0)

        def bounds(is_training):
            log_q = tf.transpose(tf.nn.log_softmax(qy_x(x, is_training)))
            return tf.reduce_sum(tf.exp(log_q) * (bounds_by_class - log_q), 0)

        mean_bound = tf.reduce_mean(bounds(is_training=True))
        cost = -(mean_bound
                 + args.labelled_weight * tf.reduce_mean(labelled_bounds)
                 + args.classifier_weight * tf.reduce_mean(log_q_labels))
        optimizer = tf.train.AdamOptimizer(args.learning_rate)
        infer_op = optimizer.minimize(
            cost, global_step=tf.train.get_global_step())

        # Mean images of every class for one random z, then for the next; of what is
        # inferred from x
        classes = tf.argmax(qy_x(x, is_training=False), 1, output_type=tf.int32)
        y_best = tf.one_hot(classes, N_CLASSES)
        z_best = build_qz_xy(x, y_best, args.z_dim, args.hidden)["z"]
        y_gen = tf.one_hot(tf.range(inputs.n) % N_CLASSES, N_CLASSES)
        z_gen = zs.distributions.Normal(tf.zeros([args.z_dim]), std=1.).sample(inputs.n)
        z_gen = tf.repeat(z_gen, N_CLASSES, axis=0)[:inputs.n]
        graph = image_training.Graph(
            inputs, infer_op,
            mean_bound=mean_bound,
            lower_bounds=bounds(is_training=False),
            log_likelihoods=None,
            classes=classes,
            x_gen=model.observe(y=y_gen, z=z_gen)["x_mean"],
            x_rec=model.observe(y=y_best, z=z_best)["x_mean"])

    # Run the inference
    image_training.train(args, data, graph)


if __name__ == "__main__":
    script.run(main, parse_options())
