"""A logistic-normal topic model of news stories, by Monte Carlo EM.

Blei and Lafferty, "Correlated topic models" (2006), with a diagonal covariance. In the
E-step, HMC draws the topic proportions of each story of a minibatch, by chains that
continue from one epoch to the next. In the M-step, Adam updates the topics and the
prior. Annealed importance sampling estimates the perplexity of held-out stories::

    python examples/topic_models/lntm_mcem.py --seed 1

`topics.csv` contains the words of each topic, `metrics.csv` the training metrics, and
`perplexity.csv` the test result. `topics.png` shows the training and the proportions.
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
        __doc__, "lntm_mcem", data_dir="data", epochs=150, batch_size=71, chains=1,
        leapfrogs=10, learning_rate=0.03)
    parser.add_argument("--topic-std", type=script.positive_float, default=2.,
                        help="prior standard deviation of the logits of words")
    for name, default, text in (
            ("--topics", 20, "number of topics"),
            ("--e-steps", 3, "transitions per E-step"),
            ("--n-test", 40, "number of held-out stories"),
            ("--test-chains", 20, "chains per held-out story"),
            ("--temperatures", 200, "temperatures of annealed importance sampling")):
        parser.add_argument(name, type=script.positive_int, default=default, help=text)
    return parser.parse(topics=4, epochs=30, batch_size=30, n_test=10, temperatures=20)


@zs.meta_bayesian_net(scope="lntm")
def build_lntm(n_chains, n_docs, topic_mean, topic_logstd, beta_shape=None, std=None):
    bn = zs.BayesianNet()
    # eta ~ N(topic_mean, exp(topic_logstd)^2): logits of the proportions in each story
    eta = bn.normal("eta", tf.tile(topic_mean[None], [n_docs, 1]), logstd=topic_logstd,
                    group_ndims=1, n_samples=n_chains)
    if beta_shape is None:  # the prior of eta only
        return bn
    # beta ~ N(0, std^2): logits of the words of each topic
    beta = bn.normal("beta", tf.zeros(beta_shape), std=std, group_ndims=2)
    # x ~ Multinomial(softmax(eta) softmax(beta)): counts of words
    proportions = tf.reshape(tf.nn.softmax(eta), [-1, beta_shape[0]])
    words = tf.matmul(proportions, tf.nn.softmax(beta))
    logits = tf.log(tf.reshape(words, [n_chains, n_docs, beta_shape[1]]))
    bn.unnormalized_multinomial("x", logits, normalize_logits=False, dtype=tf.float32)
    return bn


def main(args):
    # Data
    results.prepare(args)
    x_train, x_test, words = tables.load_corpus(args)

    # Parameters, and the state of the chains of a minibatch
    tf.set_random_seed(args.seed)
    prior = [tf.get_variable(name, [args.topics], initializer=tf.zeros_initializer())
             for name in ("topic_mean", "topic_logstd")]
    beta = tf.get_variable("beta", [args.topics, len(words)],
                           initializer=tf.random_normal_initializer())
    eta_input = tf.placeholder(tf.float32, [args.chains, args.batch_size, args.topics])
    eta = tf.get_variable("eta", eta_input.shape, trainable=False)
    set_eta = tf.assign(eta, eta_input)
    x = tf.placeholder(tf.float32, [args.batch_size, len(words)])
    is_warmup = tf.placeholder(tf.bool, [])

    def build(*sizes):
        model = build_lntm(*sizes, *prior, [args.topics, len(words)], args.topic_std)
        model.log_joint = lambda bn: tf.add_n(bn.cond_log_prob(["eta", "x"]))
        return model

    # E-step: sample eta given x and beta
    model = build(args.chains, args.batch_size)
    options = {"n_leapfrogs": args.leapfrogs, "target_acceptance_rate": 0.7}
    e_step, info = zs.HMC(0.1, adapt_step_size=is_warmup, **options).sample(
        model, {"x": x, "beta": beta}, {"eta": eta})

    # M-step: maximize the expected log joint density of all stories
    bn = model.observe(x=x, beta=beta, eta=tf.identity(eta))
    log_joint = len(x_train) / args.batch_size * tf.reduce_sum(
        tf.reduce_mean(bn.log_joint(), 0)) + bn.cond_log_prob("beta")
    log_likelihood = tf.reduce_sum(tf.reduce_mean(bn.cond_log_prob("x"), 0))
    m_step = tf.train.AdamOptimizer(args.learning_rate).minimize(
        -log_joint, var_list=[*prior, beta])

    etas, rows = np.zeros([args.chains, len(x_train), args.topics], np.float32), []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in progress_bar(range(1, args.epochs + 1), "Training"):
            metrics = []
            for batch in dataset.shuffled_batches(
                    len(x_train), args.batch_size, args.seed, epoch):
                sess.run(set_eta, {eta_input: etas[:, batch]})
                feed = {x: x_train[batch], is_warmup: epoch <= args.epochs // 2}
                for _ in range(args.e_steps):
                    _, acceptance = sess.run([e_step, info.acceptance_rate], feed)
                log_p, etas[:, batch] = sess.run([log_likelihood, eta], feed)
                sess.run(m_step, feed)
                metrics.append([-log_p / np.sum(x_train[batch]), np.mean(acceptance)])
            nats_per_word, acceptance = np.mean(metrics, axis=0)
            rows.append([epoch, np.exp(nats_per_word), acceptance])

        # Annealed importance sampling integrates out eta of held-out stories
        test_sizes = args.test_chains, args.n_test
        eta = tf.get_variable("test_eta", [*test_sizes, args.topics], trainable=False)
        sess.run(eta.initializer)
        log_weights = zs.evaluation.AIS(
            build(*test_sizes), build_lntm(*test_sizes, *prior),
            zs.HMC(0.1, adapt_step_size=True, **options), {"x": x_test, "beta": beta},
            {"eta": eta}, args.temperatures, verbose=sys.stderr.isatty()
        ).sample(sess).log_weights
        beta = sess.run(beta)

    # Perplexity, and that of a single topic with one more count of each word
    counts = x_train.sum(0) + 1.
    perplexities = [np.exp(-np.sum(log_p) / np.sum(x_test)) for log_p in (
        np.logaddexp.reduce(log_weights, 0) - np.log(args.test_chains),
        x_test @ np.log(counts / counts.sum()))]
    shares = np.exp(etas - np.logaddexp.reduce(etas, -1, keepdims=True)).mean((0, 1))
    topics = [[shares[k], " ".join(words[i] for i in np.argsort(-beta[k])[:10])]
              for k in np.argsort(-shares)]
    print("\n".join("{:5.1%}  {}".format(*topic) for topic in topics))
    print("Test perplexity {:.1f}, of a single topic {:.1f}".format(*perplexities))
    results.write_table(args, "topics", ["share", "words"], topics)
    results.write_table(args, "metrics", ["epoch", "train_perplexity", "acceptance"],
                        rows)
    results.write_table(args, "perplexity", ["held_out", "one_topic"], [perplexities])
    with results.picture(args, "topics", n_columns=2) as (left, right):
        left.plot(*np.transpose(rows)[:2])
        left.set(xlabel="epoch", ylabel="training perplexity", yscale="log")
        right.bar(range(args.topics), np.sort(shares)[::-1])
        right.set(xlabel="topic", ylabel="share of stories")


if __name__ == "__main__":
    script.run(main, parse_options())
