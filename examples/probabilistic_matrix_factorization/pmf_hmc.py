"""Probabilistic matrix factorization of movie ratings by Hamiltonian Monte Carlo.

Salakhutdinov and Mnih, "Bayesian probabilistic matrix factorization using Markov chain
Monte Carlo" (2008). The expected rating of a movie by a user is the sum of the mean of
all ratings, an offset of the user, an offset of the movie, and the inner product of
their latent vectors. HMC updates all latents jointly. The prediction of a rating is the
mean of the expected rating over all draws after the warm-up. The first run downloads
MovieLens 100K::

    python examples/probabilistic_matrix_factorization/pmf_hmc.py --seed 1

`metrics.csv` contains, by iteration, the test RMSE of the draw and of the mean of all
draws so far. `rmse.png` shows both. The script is in TensorFlow-1 style.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import results, script, tables
from examples.utils.optional import progress_bar


def parse_options():
    parser = script.OptionParser(
        __doc__, "pmf_hmc", data_dir="data", iters=1000, leapfrogs=20)
    option = parser.add_argument
    option("--fold", type=int, choices=range(1, 6), default=1,
           help="one of the five splits of the authors of the data")
    option("--dim", type=script.positive_int, default=10,
           help="dimension of the latent vectors")
    option("--burnin", type=script.positive_int, default=300,
           help="first transitions, which adapt the step size")
    args = parser.parse(dim=2, iters=400, burnin=150, leapfrogs=10)
    if args.burnin >= args.iters:
        parser.error("--burnin {} gives no draws; expected a number below --iters, "
                     "which is {}".format(args.burnin, args.iters))
    return args


def synthetic_ratings(seed, n_users=60, n_movies=40, n=1500, dim=2, noise=0.5):
    """Training and test ratings of low rank, for --smoke."""
    rng = np.random.RandomState(seed)
    users, movies = np.divmod(
        rng.choice(n_users * n_movies, n, replace=False).astype(np.int32), n_movies)
    u, v = rng.randn(n_users, dim), rng.randn(n_movies, dim)
    ratings = 3. + np.sum(u[users] * v[movies], axis=1) / dim ** 0.5
    ratings = np.clip(np.rint(ratings + noise * rng.randn(n)), 1., 5.)
    data = users, movies, ratings.astype(np.float32)
    split = [np.split(x, [n * 4 // 5]) for x in data]
    return [tables.Ratings(*parts) for parts in zip(*split)]


@zs.meta_bayesian_net()
def build_pmf(users, movies, n_users, n_movies, dim, mean_rating):
    bn = zs.BayesianNet()

    def normal(name, shape, std):
        return bn.normal(name, tf.zeros(shape), std=std, group_ndims=len(shape))

    # The prior scales match ratings: offsets of half a star, inner products of one
    user_bias, movie_bias = (normal("user_bias", [n_users], 0.5),
                             normal("movie_bias", [n_movies], 0.5))
    u, v = (normal("u", [n_users, dim], dim ** -0.25),
            normal("v", [n_movies, dim], dim ** -0.25))
    log_noise = bn.normal("log_noise", 0., std=1.)
    # r ~ N(mean_rating + user_bias + movie_bias + u v, noise^2)
    r_mean = bn.deterministic(
        "r_mean", mean_rating + tf.gather(user_bias, users)
        + tf.gather(movie_bias, movies) + tf.reduce_sum(
            tf.gather(u, users) * tf.gather(v, movies), axis=-1))
    bn.normal("r", r_mean, logstd=log_noise, group_ndims=1)
    return bn


def main(args):
    # Data
    results.prepare(args)
    train, test = (synthetic_ratings(args.seed) if args.smoke
                   else tables.load_ratings(args.data_dir, args.fold))
    n_users = max(train.users.max(), test.users.max()) + 1
    n_movies = max(train.movies.max(), test.movies.max()) + 1
    mean_rating = train.ratings.mean()

    # Model
    tf.set_random_seed(args.seed)
    users, movies = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
    ratings = tf.placeholder(tf.float32, [None])
    model = build_pmf(users, movies, n_users, n_movies, args.dim, mean_rating)

    # Sampler: it starts near the mean of the prior
    names = ["user_bias", "movie_bias", "u", "v", "log_noise"]
    prior = model.observe()
    latent = {name: tf.Variable(0.1 * prior[name].tensor) for name in names}
    is_warmup = tf.placeholder(tf.bool, [])
    hmc = zs.HMC(step_size=0.01, n_leapfrogs=args.leapfrogs, adapt_step_size=is_warmup,
                 target_acceptance_rate=0.8)
    sample_op, info = hmc.sample(model, {"r": ratings}, latent)
    predictions = model.observe(**latent)["r_mean"]
    noise_std = tf.exp(info.samples["log_noise"])

    def rmse(mean):
        return np.sqrt(np.mean((np.clip(mean, 1., 5.) - test.ratings) ** 2))

    rows, total = [], 0.
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for t in progress_bar(range(1, args.iters + 1), "Sampling"):
            _, rate, noise = sess.run(
                [sample_op, info.acceptance_rate, noise_std], {
                    users: train.users, movies: train.movies, ratings: train.ratings,
                    is_warmup: t <= args.burnin})
            draw = mean = sess.run(
                predictions, {users: test.users, movies: test.movies})
            if t > args.burnin:
                total = total + draw
                mean = total / (t - args.burnin)
            rows.append([t, rate, noise, rmse(draw), rmse(mean)])

    constant = rmse(np.full(len(test.ratings), mean_rating))
    print("Test RMSE {:.4f} of the mean of {} draws, {:.4f} of the last one, {:.4f} of "
          "the mean rating; noise {:.3f}".format(
              rows[-1][4], args.iters - args.burnin, rows[-1][3], constant, noise))
    results.write_table(
        args, "metrics",
        ["iteration", "acceptance_rate", "noise", "rmse_draw", "rmse_mean"], rows)
    with results.picture(args, "rmse") as ax:
        iterations, _, _, of_draw, of_mean = zip(*rows)
        ax.plot(iterations, of_draw, linewidth=0.7, label="one draw")
        ax.plot(iterations, of_mean, label="mean of draws")
        ax.axvline(args.burnin, color="grey", linestyle=":")
        ax.set(xlabel="iteration", ylabel="test RMSE")
        ax.legend()


if __name__ == "__main__":
    script.run(main, parse_options())
