#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Bayesian neural network regression by Stein variational gradient descent.

Model functions return the net and the names of its weights, as in a library for
particle methods on ZhuSuan 0.4.
"""
from __future__ import absolute_import
from __future__ import print_function
from __future__ import division
import os
import sys
import time
import math
import argparse
from collections import OrderedDict, namedtuple

import six
from six.moves import range, zip, xrange
import tensorflow as tf
import numpy as np
import zhusuan as zs
from tensorflow.contrib import layers   # was for the deterministic baseline
from weights import report, set_weights

try:
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
except Exception:
    plt = None

parser = argparse.ArgumentParser()
parser.add_argument('-n_particles', default=6, type=int)
parser.add_argument('-batch_size', default=10, type=int)
parser.add_argument('-hidden', default='5,4', type=str)
parser.add_argument('-lr', default=2e-2, type=float)
parser.add_argument('-optimizer', default='adagrad', choices=['adagrad', 'adam', 'rms'])
parser.add_argument('-svgd_kernel', default='rbf')
parser.add_argument('-n_epoch', type=int, default=2)
parser.add_argument('--plot', action='store_true')
args = parser.parse_args()

# args.n_epoch = 2000   # for the paper
# args.n_particles = 20


def get_dataset(n=30, dim=3):
    rng = np.random.RandomState(1234)
    x = rng.uniform(-1, 1, size=(n, dim)).astype('float32')
    y = (np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2]).astype('float32')
    y = y + 0.1 * rng.normal(size=n).astype('float32')
    return x[:-10], y[:-10], x[-10:], y[-10:]


def standardize(train, test):
    mean, std = np.mean(train, 0, keepdims=True), np.std(train, 0, keepdims=True)
    std[std == 0] = 1
    return (train - mean) / std, (test - mean) / std, mean, std


@zs.meta_bayesian_net(scope='bnn', reuse_variables=True)
def build_bnn(x, layer_sizes, n_particles):
    bn = zs.BayesianNet()
    names = []
    h = tf.tile(tf.expand_dims(x, 0), [n_particles, 1, 1])
    for i, (n_in, n_out) in enumerate(zip(layer_sizes[:-1], layer_sizes[1:])):
        name = 'w{}'.format(i)
        w = bn.normal(name, tf.zeros([n_out, n_in + 1]), std=1.,
                      group_ndims=2, n_samples=n_particles)
        names.append(name)
        h = tf.concat([h, tf.ones(tf.shape(h)[:-1])[..., None]], -1)
        h = tf.einsum('imk,ijk->ijm', w, h) / math.sqrt(n_in + 1)
        if i < len(layer_sizes) - 2:
            h = tf.nn.relu(h)
    y_mean = bn.deterministic('y_mean', tf.squeeze(h, 2))
    y_logstd = tf.get_variable('y_logstd', shape=[],
                               initializer=tf.constant_initializer(-1.))
    bn.normal('y', y_mean, logstd=y_logstd)
    return bn, names


@zs.reuse_variables(scope='variational')
def build_mean_field(layer_sizes, n_particles):
    """for the comparison with Bayes by backprop."""
    bn = zs.BayesianNet()
    names = []
    for i, (n_in, n_out) in enumerate(zip(layer_sizes[:-1], layer_sizes[1:])):
        shape = [n_out, n_in + 1]
        mean = tf.get_variable('mean_{}'.format(i), shape,
                               initializer=tf.constant_initializer(0.))
        logstd = tf.get_variable('logstd_{}'.format(i), shape,
                                 initializer=tf.constant_initializer(0.))
        bn.normal('w{}'.format(i), mean, logstd=logstd, n_samples=n_particles,
                  group_ndims=2)
        names.append('w{}'.format(i))
    return bn, names


def rbf_kernel(theta):
    """The kernel and the sum of its gradients; bandwidth by the median trick."""
    n = theta.get_shape()[0].value
    square = tf.reduce_sum(tf.square(theta), 1, keep_dims=True)
    dist = square - 2 * tf.matmul(theta, theta, transpose_b=True) + tf.transpose(square)
    flat = tf.reshape(dist, [-1])
    median = tf.nn.top_k(flat, n * n // 2 + 1).values[-1]
    h = tf.stop_gradient(0.5 * median / np.log(n + 1.))
    kernel = tf.exp(-dist / h / 2)
    repulsion = -tf.matmul(kernel, theta)
    repulsion += theta * tf.reduce_sum(kernel, 1, keep_dims=True)
    return kernel, repulsion / h


def pack(tensors, n):
    return tf.concat([tf.reshape(t, [n, -1]) for t in tensors], 1)


def unpack(theta, like):
    sizes = [int(np.prod(t.get_shape().as_list()[1:])) for t in like]
    return [tf.reshape(part, tf.shape(t))
            for part, t in zip(tf.split(theta, sizes, 1), like)]


class SVGD(object):
    def __init__(self, particles, optimizer):
        self.particles = particles
        self.optimizer = optimizer
        self.n = list(six.itervalues(particles))[0].get_shape()[0].value

    def build(self, log_joint):
        values = list(self.particles.values())
        grads = tf.gradients(tf.reduce_sum(log_joint), values)
        theta, score = pack(values, self.n), pack(grads, self.n)
        kernel, repulsion = rbf_kernel(theta)
        phi = (tf.matmul(kernel, score) + repulsion) / self.n
        self.phi = phi
        steps = tf.tuple(unpack(-phi, values))   # all before the first one moves
        pairs = list(zip(steps, values))
        return self.optimizer.apply_gradients(pairs)


def main():
    tf.set_random_seed(1237)
    np.random.seed(1234)
    x_train, y_train, x_test, y_test = get_dataset()
    x_train, x_test, _, _ = standardize(x_train, x_test)
    y_train, y_test, mean_y, std_y = standardize(y_train, y_test)
    N, x_dim = x_train.shape
    layer_sizes = [x_dim] + [int(s) for s in args.hidden.split(',')] + [1]
    K = args.n_particles

    x = tf.placeholder(tf.float32, shape=[None, x_dim], name='x')
    y = tf.placeholder(tf.float32, shape=[None], name='y')
    y_obs = tf.tile(tf.expand_dims(y, 0), [K, 1])
    meta = build_bnn(x, layer_sizes, K)

    def log_joint(bn):
        log_pws = bn.cond_log_prob(names)
        log_py_xw = bn.cond_log_prob('y')
        return tf.add_n(log_pws) + tf.reduce_mean(log_py_xw, 1) * N

    bn, names = meta.observe()
    meta.log_joint = log_joint
    particles = OrderedDict()
    for name in names:
        shape = bn[name].get_shape().as_list()
        particles[name] = tf.get_variable('particles_' + name, shape=shape,
                                          initializer=tf.random_normal_initializer())
    obs = dict(six.iteritems(particles))
    obs['y'] = y_obs
    model, _ = meta.observe(**obs)
    log_p = model.log_joint()

    optimizer = {'adagrad': tf.train.AdagradOptimizer, 'adam': tf.train.AdamOptimizer,
                 'rms': tf.train.RMSPropOptimizer}[args.optimizer](args.lr)
    svgd = SVGD(particles, optimizer)
    infer_op = svgd.build(log_p)

    y_pred = tf.reduce_mean(model['y_mean'], 0)
    rmse = tf.sqrt(tf.reduce_mean(tf.square(y_pred - y))) * float(std_y[0])
    ll = tf.reduce_mean(zs.log_mean_exp(model.cond_log_prob('y'), 0))
    ll -= np.log(float(std_y[0]))

    # the samplers and bounds of the package take the same model
    hmc = zs.HMC(step_size=1e-3, n_leapfrogs=3)
    chains = OrderedDict((name, tf.Variable(
        tf.ones_like(p) * 0.1, trainable=False, name='chain_' + name))
        for name, p in particles.items())
    hmc_op, hmc_info = hmc.sample(meta, observed={'y': y_obs}, latent=chains)
    sgld_op, sgld_info = zs.SGLD(learning_rate=1e-6).sample(
        meta, observed={'y': y_obs}, latent=chains)
    variational, q_names = build_mean_field(layer_sizes, K)
    bound = zs.variational.elbo(meta, {'y': y_obs}, variational=variational, axis=0)
    q_cost = bound.sgvb()
    q_params = [v for v in tf.trainable_variables() if v.name.startswith('variational')]
    q_samples = [variational[name].tensor for name in q_names]
    q_grads = tf.gradients(q_cost, q_params, stop_gradients=q_samples)

    # saver = tf.train.Saver(max_to_keep=5)
    with tf.Session() as sess:
        set_weights(sess)
        feed = {x: x_train, y: y_train.reshape([-1])}
        for k, value in enumerate(sess.run(log_p, feed)):
            report('svgd log joint {}'.format(k), value)
        report('svgd direction', np.square(sess.run(svgd.phi, feed)).sum())
        _, before = sess.run([hmc_op, hmc_info.orig_log_prob], feed)
        report('svgd hmc first log joint', before[0])
        moved = sess.run([sgld_op, sgld_info.q], feed)[1]
        report('svgd sgld latents', len(moved))
        feed.update({t: np.cos(np.arange(t.get_shape().num_elements())).reshape(
            t.get_shape().as_list()) for t in q_samples})
        report('svgd bound', sess.run(q_cost, feed))
        report('svgd bound gradient', sum(np.square(g).sum() for g in sess.run(
            q_grads, feed)))

        n_iter = N // args.batch_size
        for epoch in xrange(1, args.n_epoch + 1):
            t0 = time.time()
            for t in range(n_iter):
                sel = slice(t * args.batch_size, (t + 1) * args.batch_size)
                _, lp = sess.run([infer_op, log_p], feed_dict={
                    x: x_train[sel], y: np.reshape(y_train, [-1])[sel]})
            print('>>> Epoch {} ({:.1f}s): log joint = {}'.format(
                epoch, time.time() - t0, lp.mean()))
            test_rmse, test_ll = sess.run([rmse, ll], feed_dict={
                x: x_test, y: np.reshape(y_test, [-1])})
            print('>>> TEST rmse = {}, log_likelihood = {}'.format(test_rmse, test_ll))
            report('svgd rmse {}'.format(epoch), test_rmse)
            report('svgd log likelihood {}'.format(epoch), test_ll)
        for name, value in sess.run(particles).items():
            report('svgd particles ' + name, value.sum())

    if args.plot and plt is not None:
        plt.plot(x_test[:, 0], np.reshape(y_test, [-1]), 'x')
        plt.savefig('svgd.png')


if __name__ == '__main__':
    main()
