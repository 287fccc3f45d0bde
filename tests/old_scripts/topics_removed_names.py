#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Topics of short documents by Monte Carlo EM, with HMC for their proportions.

Written in 2018, with names of NumPy, SciPy and the standard library that later
releases removed.
"""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import collections
import inspect
import json
import os
import pickle
import shutil
import sys
import tempfile
import time

import numpy as np
import tensorflow as tf
import zhusuan as zs
from six.moves import range
from weights import report, set_weights

try:
    from scipy.misc import logsumexp
except ImportError:      # a newer scipy
    try:
        from scipy.special import logsumexp
    except ImportError:
        def logsumexp(a, axis=None):
            m = np.max(a, axis=axis, keepdims=True)
            return np.squeeze(m, axis) + np.log(np.sum(np.exp(a - m), axis=axis))
try:
    import yaml
except ImportError:
    yaml = None
try:
    import pandas as pd
except ImportError:
    pd = None
try:
    import pkg_resources
except ImportError:
    pkg_resources = None
try:
    from scipy.misc import imread, imsave, imresize
except ImportError:
    imsave = None

SETTINGS = """
n_topics: 3
n_chains: 2
n_leapfrogs: 3
step_size: 0.01
"""


class Settings(collections.Mapping):
    """A dict whose items are attributes."""

    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)

    def __getitem__(self, key):
        return self.__dict__[key]

    def __iter__(self):
        return iter(sorted(self.__dict__))

    def __len__(self):
        return len(self.__dict__)


def read_settings(text):
    if yaml is not None:
        return Settings(**yaml.load(text))
    values = {}
    for line in text.strip().splitlines():
        key, value = line.split(': ')
        values[key] = json.loads(value)
    return Settings(**values)


def flatten(x):
    if isinstance(x, collections.Iterable) and not isinstance(x, (str, np.ndarray)):
        return [z for y in x for z in flatten(y)]
    return [x]


def make_corpus(path):
    """Save documents of unequal lengths, an array of objects."""
    rng = np.random.RandomState(5)
    documents = np.empty([8], dtype=np.object)
    for i in range(len(documents)):
        documents[i] = rng.randint(0, 10, size=5 + i).astype(np.int)
    np.save(path, documents)


def load_corpus(path):
    try:
        documents = np.load(path)
    except ValueError:   # since NumPy 1.16.3
        documents = np.load(path, allow_pickle=True)
    n_vocab = np.int(max(d.max() for d in documents) + 1)
    counts = np.zeros([len(documents), n_vocab], dtype=np.float)
    for row, words in zip(counts, documents):
        np.add.at(row, words, 1)
    return counts


def as_table(counts, folder):
    """Through a file, as a spreadsheet would give it."""
    name = os.path.join(folder, 'counts.csv')
    if pd is not None:
        pd.DataFrame(counts).to_csv(name)
        frame = pd.DataFrame.from_csv(name)
        first = frame.ix[0]
        return frame.as_matrix() if len(first) else None
    np.savetxt(name, counts, delimiter=',')
    return np.loadtxt(name, delimiter=',')


def call_with_known(function, **kwargs):
    """Drop the arguments that the function does not have."""
    known = inspect.getargspec(function).args
    return function(**dict((k, v) for k, v in kwargs.items() if k in known))


@zs.meta_bayesian_net(scope='lntm')
def build_lntm(n_chains, n_docs, n_topics, n_vocab, eta_mean, eta_logstd, beta):
    bn = zs.BayesianNet()
    eta_mean = tf.tile(tf.expand_dims(eta_mean, 0), [n_docs, 1])
    eta = bn.normal('eta', eta_mean, logstd=eta_logstd, n_samples=n_chains,
                    group_ndims=1)
    theta = tf.nn.softmax(eta)
    phi = tf.nn.softmax(beta)
    doc_word = tf.matmul(tf.reshape(theta, [-1, n_topics]), phi)
    doc_word = tf.reshape(doc_word, [n_chains, n_docs, n_vocab])
    bn.unnormalized_multinomial('x', tf.log(doc_word), normalize_logits=False,
                                dtype=tf.float32)
    return bn


def log_joint_np(counts, eta, beta, mean, logstd):
    """the same by numpy, document after document"""
    total = np.zeros(eta.shape[:2])
    log_phi = beta - logsumexp(beta, axis=1)[:, None]
    for chain in range(eta.shape[0]):
        for i, x in enumerate(counts):
            e = eta[chain, i]
            log_theta = e - logsumexp(e)
            log_word = logsumexp(log_theta[:, None] + log_phi, axis=0)
            total[chain, i] = np.dot(x, log_word)
            total[chain, i] -= np.sum(0.5 * ((e - mean) / np.exp(logstd)) ** 2 + logstd
                                      + 0.5 * np.log(2 * np.pi))
    return total


def main():
    start = time.clock()
    folder = tempfile.mkdtemp()
    hps = read_settings(SETTINGS)
    report('topics settings', sum(flatten([1, [2, (3, 4)], hps.values()])))
    path = os.path.join(folder, 'corpus.npy')
    make_corpus(path)
    counts = as_table(load_corpus(path), folder)
    n_docs, n_vocab = counts.shape
    report('topics size', np.product(counts.shape))
    is_long = np.array(counts.sum(1) > 8, dtype=np.bool)
    report('topics long documents', is_long.sum())

    x = tf.placeholder(tf.float32, [n_docs, n_vocab], name='topics_x')
    eta = tf.Variable(tf.zeros([hps.n_chains, n_docs, hps.n_topics]), name='eta')
    eta_mean = tf.get_variable('eta_mean', [hps.n_topics])
    eta_logstd = tf.get_variable('eta_logstd', [hps.n_topics])
    beta = tf.get_variable('beta', [hps.n_topics, n_vocab])
    model = call_with_known(
        lambda n_chains, n_topics: build_lntm(
            n_chains, n_docs, n_topics, n_vocab, eta_mean, eta_logstd, beta), **hps)

    def e_obj(bn):
        return tf.add_n(bn.cond_log_prob(['eta', 'x']))

    model.log_joint = e_obj
    is_adapting = tf.placeholder(tf.bool, [], name='topics_adapting')
    hmc = zs.HMC(step_size=hps.step_size, n_leapfrogs=hps.n_leapfrogs,
                 adapt_step_size=is_adapting, target_acceptance_rate=0.6)
    sample_op, hmc_info = hmc.sample(model, observed={'x': x}, latent={'eta': eta})
    bn = model.observe(eta=eta, x=x)
    log_p = bn.log_joint()
    log_px = tf.reduce_sum(tf.reduce_mean(bn.cond_log_prob('x'), 0))
    m_params = [beta, eta_mean, eta_logstd]
    m_grads = tf.tuple(tf.gradients(-tf.reduce_mean(log_p), m_params))
    eta_grad, = tf.gradients(log_p, [eta])
    learn_op = tf.train.GradientDescentOptimizer(0.01).apply_gradients(
        zip(m_grads, m_params))

    # saver = tf.train.Saver(max_to_keep=10)
    with tf.Session() as sess:
        set_weights(sess)
        feed = {x: counts, is_adapting: False}
        values, g, m_g = sess.run([log_p, eta_grad, m_grads], feed)
        weights = [v.astype(np.float64) for v in sess.run(
            [eta, beta, eta_mean, eta_logstd])]
        by_hand = log_joint_np(counts, *weights)
        report('topics log joint is that of NumPy', np.abs(values - by_hand).max() < 1e-4)
        best = -np.Inf
        for chain, value in enumerate(values.sum(1)):
            report('topics log joint {}'.format(chain), value)
            best = max(best, value)
        report('topics best', best if best > -np.Infinity else np.nan)
        report('topics gradient', np.square(g).sum())
        for v, m in zip(m_params, m_g):
            report('topics gradient ' + v.op.name, np.square(m).sum())
        _, before, rate = sess.run(
            [sample_op, hmc_info.orig_log_prob, hmc_info.acceptance_rate], feed)
        report('topics hmc first log joint', before.sum())
        report('topics hmc accepts', rate.mean() > 0.9)
        set_weights(sess)
        for epoch in range(1, 4):
            sess.run(learn_op, feed)
            value = sess.run(log_px, feed)
            report('topics log likelihood {}'.format(epoch), value)
            perplexity = np.exp(-value / counts.sum())
            print('Epoch {} ({:.1f}s): perplexity = {:.2f}'.format(
                epoch, time.clock() - start, perplexity))
        for _ in range(5):
            sess.run(sample_op, {x: counts, is_adapting: True})
        phi = sess.run(tf.nn.softmax(beta))
        for k in range(hps.n_topics):
            words = np.argsort(phi[k])[::-1][:4]
            print('Topic {}: {}'.format(k, ' '.join(np.str(w) for w in words)))
            report('topics first word {}'.format(k), words[0])
    if imsave is not None:
        imsave(os.path.join(folder, 'topics.png'),
               imresize((phi * 255).astype(np.uint8), 400, interp='nearest'))
        print('picture', imread(os.path.join(folder, 'topics.png')).shape)
    if pkg_resources is not None:
        print('with numpy', pkg_resources.get_distribution('numpy').version)
    shutil.rmtree(folder)


if __name__ == '__main__':
    main()
