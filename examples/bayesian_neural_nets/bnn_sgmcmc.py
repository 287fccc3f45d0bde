"""Bayesian neural network regression by stochastic gradient HMC.

Chen, Fox and Guestrin, "Stochastic gradient Hamiltonian Monte Carlo" (2014). Parallel
chains use gradients of minibatches. The network has one hidden layer of 50 relu units.
The latents are the weights and the noise of the observations. Predictions average over
all draws of all chains. This command runs all 20 standard splits of Boston housing
(Hernandez-Lobato and Adams, 2015)::

    python examples/bayesian_neural_nets/bnn_sgmcmc.py --splits all --seed 1

`splits.csv` contains the RMSE and the mean predictive log density of the test set of
each split, in the units of the data. For the last split, `noise.csv` contains the draws
of the noise, and `predictions.png` shows predictive bands of new observations. The
script is in TensorFlow-1 style.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, results, script, tables
from examples.utils.optional import progress_bar


def parse_options():
    parser = script.OptionParser(
        __doc__, "bnn_sgmcmc", data_dir="data", hidden=50, chains=20, batch_size=100)
    tables.add_options(parser)
    option = parser.add_argument
    option("--epochs", type=script.positive_int, default=1500,
           help="passes through the training data; the first third is warm-up")
    option("--draw-every", type=script.positive_int, default=10,
           help="epochs between draws")
    option("--learning-rate", type=script.positive_float, default=1e-4,
           help="learning rate of SGHMC, the square of the step size")
    option("--friction", type=script.positive_float, default=0.1,
           help="friction of SGHMC")
    args = parser.parse(epochs=600, draw_every=20, chains=5, batch_size=67, hidden=20)
    if args.epochs - args.epochs % args.draw_every <= args.epochs // 3:
        parser.error("--draw-every {} gives no draws after the warm-up of {} epochs; "
                     "expected a number of at most --epochs, which is {}".format(
                         args.draw_every, args.epochs // 3, args.epochs))
    return args


@zs.meta_bayesian_net()
def build_bnn(x, layer_sizes, n_particles):
    bn = zs.BayesianNet()
    # The relevance of each input (automatic relevance determination; Neal, 1996)
    log_scale = bn.normal("log_scale", tf.fill([layer_sizes[0]], -1.), std=1.,
                          n_samples=n_particles, group_ndims=1)
    h = x * tf.exp(log_scale)[:, None]
    for i, (n_in, n_out) in enumerate(zip(layer_sizes[:-1], layer_sizes[1:])):
        w = bn.normal("w%d" % i, tf.zeros([n_in + 1, n_out]), std=1.,
                      n_samples=n_particles, group_ndims=2)
        h = tf.nn.relu(h) if i else h
        h = tf.concat([h, tf.ones_like(h[..., :1])], axis=-1)
        h = tf.matmul(h, w) / np.sqrt(n_in + 1.)
    # y ~ N(f_NN(x), noise^2)
    y_mean = bn.deterministic("y_mean", tf.squeeze(h, -1))
    y_logstd = bn.normal("y_logstd", -1., std=1., n_samples=n_particles)
    bn.normal("y", y_mean, logstd=y_logstd[:, None], group_ndims=1)
    return bn


def main(args):
    results.prepare(args)
    splits = tables.load_splits(args)
    n_train, n_dims = splits[0].x_train.shape

    # Target: the log likelihood of a minibatch is scaled to all training data
    tf.set_random_seed(args.seed)
    x = tf.placeholder(tf.float32, [None, n_dims])
    y = tf.placeholder(tf.float32, [None])
    model = build_bnn(x, [n_dims, args.hidden, 1], args.chains)
    scale = n_train / tf.cast(tf.shape(y)[0], tf.float32)
    names = ["w0", "w1", "log_scale", "y_logstd"]
    model.log_joint = lambda bn: (
        tf.add_n(bn.cond_log_prob(names)) + scale * bn.cond_log_prob("y"))

    # Sampler: chains start at draws from the prior, with a large noise
    prior = model.observe(y_logstd=tf.zeros([args.chains]))
    latent = {name: tf.Variable(prior[name].tensor, trainable=False) for name in names}
    sghmc = zs.SGHMC(args.learning_rate, friction=args.friction,
                     n_iter_resample_v=None)
    sample_op, _ = sghmc.sample(model, {"y": y}, latent)

    # The predictive distribution of each y is a mixture over draws
    draw = [model.observe(**latent)["y_mean"], tf.exp(latent["y_logstd"])]
    means_input, stds_input = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    y_dist = zs.distributions.Normal(mean=means_input, std=stds_input)
    predictions = [zs.log_mean_exp(y_dist.log_prob(y), axis=0), y_dist.sample()]

    scores = []
    for split in splits:
        with tf.Session() as sess:  # every split has the same random numbers
            sess.run(tf.global_variables_initializer())
            draws = []
            for epoch in progress_bar(range(1, args.epochs + 1),
                                      "Split %d" % split.number):
                for batch in dataset.shuffled_batches(
                        n_train, args.batch_size, args.seed, epoch):
                    sess.run(sample_op, {x: split.x_train[batch],
                                         y: split.y_train[batch]})
                if epoch > args.epochs // 3 and epoch % args.draw_every == 0:
                    draws.append(sess.run(draw, {x: split.x_test}))
            means, stds = map(np.concatenate, zip(*draws))
            log_density, samples = sess.run(predictions, {
                means_input: means, stds_input: stds[:, None], y: split.y_test})
        scores.append(split.score(means.mean(axis=0), log_density))
        print("Split {}: noise {:.3f}, test RMSE {:.3f}, log density {:.3f}".format(
            split.number, stds.mean() * split.y_std, *scores[-1]), flush=True)

    tables.report(args, splits, scores)
    tables.draw_predictions(args, split, means.mean(axis=0), samples)
    results.write_table(args, "noise", ["chain_%d" % i for i in range(args.chains)],
                        split.y_std * stds.reshape([-1, args.chains]))


if __name__ == "__main__":
    script.run(main, parse_options())
