"""A semi-supervised VAE, trained by adaptive importance sampling.

The model is that of `vae_ssl.py`, M2 of Kingma et al. (2014). Instead of a sum over all
classes, the bound uses classes drawn from q(y|x), one per particle, with importance
weights (reweighted wake-sleep; Bornschein and Bengio, 2015)::

    python examples/semi_supervised_vae/vae_ssl_adaptive_is.py --epochs 10

The cost does not grow with the number of classes. The pictures show one class per
column and one style per row.

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

N_CLASSES = 10


def parse_options():
    parser = image_training.option_parser(
        __doc__.splitlines()[0], "vae_ssl_adaptive_is",
        epochs=30, batch_size=100, particles=10)
    option = parser.add_argument
    option("--z-dim", type=script.positive_int, default=50,
           help="dimension of the style z")
    option("--hidden", type=script.positive_int, default=500,
           help="units of the hidden layer of each network")
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


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, hidden, n_particles, y=None):
    """q(y, z|x), or q(z|x, y) where labels are given."""
    bn = zs.BayesianNet({} if y is None else {"y": y})
    x = tf.cast(x, tf.float32)
    h = tf.layers.dense(x, hidden, activation=tf.nn.relu)
    y = bn.onehot_categorical("y", tf.layers.dense(h, N_CLASSES), dtype=tf.float32,
                              n_samples=n_particles)
    # A dense layer of [x, y], but x passes once for all samples of y.
    h = tf.nn.relu(tf.layers.dense(x, hidden)
                   + tf.layers.dense(y, hidden, use_bias=False))
    bn.normal("z", tf.layers.dense(h, z_dim), logstd=tf.layers.dense(h, z_dim),
              group_ndims=1, is_reparameterized=False)
    return bn


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

        def build_q(x, y=None):
            return build_q_net(x, args.z_dim, args.hidden, inputs.n_particles, y)

        # Of images with labels z is sampled, of those without y and z.
        x_labelled = image_training.binarize(tf.constant(data.x_train[labelled]))
        y_labelled = tf.one_hot(data.t_train[labelled], N_CLASSES)
        q_labelled = build_q(x_labelled, y_labelled)
        x = inputs.binarize()
        q = build_q(x)

        # The bounds log mean w, for the model, and the divergences, for q
        observed_labelled = {"x": x_labelled, "y": y_labelled}
        labelled_bounds = zs.variational.importance_weighted_objective(
            model, observed_labelled, variational=q_labelled, axis=0)
        labelled_divergences = zs.variational.klpq(
            model, observed_labelled, variational=q_labelled, axis=0)
        lower_bounds = zs.variational.importance_weighted_objective(
            model, {"x": x}, variational=q, axis=0)
        divergences = zs.variational.klpq(model, {"x": x}, variational=q, axis=0)
        log_q_labels = q_labelled.cond_log_prob("y")

        model_cost = -(tf.reduce_mean(lower_bounds)
                       + args.labelled_weight * tf.reduce_mean(labelled_bounds))
        q_cost = (tf.reduce_mean(divergences.importance())
                  + args.labelled_weight * tf.reduce_mean(
                      labelled_divergences.importance())
                  - args.classifier_weight * tf.reduce_mean(log_q_labels))
        optimizer = tf.train.AdamOptimizer(args.learning_rate)
        gradients = optimizer.compute_gradients(
            model_cost, tf.trainable_variables("gen"))
        gradients += optimizer.compute_gradients(
            q_cost, tf.trainable_variables("q_net"))
        infer_op = optimizer.apply_gradients(
            gradients, global_step=tf.train.get_global_step())

        # Mean images of every class for one random z, then for the next; of what is
        # inferred from x
        classes = tf.argmax(q["y"].dist.logits, -1, output_type=tf.int32)
        y_gen = tf.one_hot(tf.range(inputs.n) % N_CLASSES, N_CLASSES)
        z_gen = zs.distributions.Normal(tf.zeros([args.z_dim]), std=1.).sample(inputs.n)
        z_gen = tf.repeat(z_gen, N_CLASSES, axis=0)[:inputs.n]
        graph = image_training.Graph(
            inputs, infer_op,
            mean_bound=tf.reduce_mean(lower_bounds),
            lower_bounds=lower_bounds,
            # Importance sampling estimates of log p(x)
            log_likelihoods=zs.is_loglikelihood(
                model, {"x": x}, proposal=q, axis=0,
                n_chunks=image_training.IS_CHUNKS),
            classes=classes,
            x_gen=model.observe(y=y_gen, z=z_gen)["x_mean"],
            x_rec=model.observe(y=q["y"], z=q["z"])["x_mean"])

    # Run the inference
    image_training.train(args, data, graph, test_particles=args.particles,
                         test_batch=100)


if __name__ == "__main__":
    script.run(main, parse_options())
