# -*- coding: utf-8 -*-
"""Anomaly scores of a multivariate time series by a recurrent VAE.

The distributions of ZhuSuan 0.4 are wrapped by a class of the library's own, which
calls their private methods.
"""
from __future__ import absolute_import, division, print_function

import logging
import os
import pickle
import sys
import time
from contextlib import contextmanager
from functools import partial

import numpy as np
import six
import tensorflow as tf
from tensorflow.contrib import rnn
from tensorflow.contrib.rnn import LSTMStateTuple
from tensorflow.python.ops import variable_scope as vs
import zhusuan as zs
import zhusuan.distributions as zd
from weights import report, set_weights, wave

flags = tf.app.flags
flags.DEFINE_integer('window_length', 6, 'length of the windows')
flags.DEFINE_integer('ts_z_dim', 2, 'dimension of the latent states')
flags.DEFINE_integer('rnn_num_hidden', 4, 'units of each cell')
flags.DEFINE_float('initial_lr', 0.01, 'learning rate')
flags.DEFINE_float('ts_keep_prob', 1.0, 'for the dropout of the cells')
flags.DEFINE_float('level', 0.25, 'quantile of the scores that are anomalies')
flags.DEFINE_string('ts_model_dir', None, 'where to save')
flags.DEFINE_boolean('ts_plot', False, 'plot the scores')
FLAGS = flags.FLAGS

x_dim = 3
batch_size = 4


# ---------------------------------------------------------------- the wrapper
class Distribution(object):
    """Base class of the library's own distributions."""

    def __init__(self, dtype=tf.float32):
        self._dtype = dtype

    @property
    def dtype(self):
        return self._dtype

    def prob(self, given, group_ndims=0):
        return tf.exp(self.log_prob(given, group_ndims))


class WrappedDistribution(Distribution):
    """A distribution of ZhuSuan 0.4 with the interface of this library."""

    def __init__(self, d):
        if not isinstance(d, zd.Distribution):
            raise TypeError('`d` is not a ZhuSuan distribution: {!r}'.format(d))
        super(WrappedDistribution, self).__init__(d.dtype)
        self.d = d

    def __repr__(self):
        return 'Wrapped({!r})'.format(self.d)

    @property
    def param_dtype(self):
        return self.d.param_dtype

    @property
    def is_continuous(self):
        return self.d.is_continuous

    @property
    def is_reparameterized(self):
        return self.d.is_reparameterized

    @property
    def value_shape(self):
        return self.d.value_shape

    def get_value_shape(self):
        return self.d.get_value_shape()

    @property
    def batch_shape(self):
        return self.d._batch_shape()

    def get_batch_shape(self):
        return self.d._get_batch_shape()

    @property
    def value_ndims(self):
        return self.d.get_value_shape().ndims

    @contextmanager
    def set_reparameterized(self, flag):
        old = self.d.is_reparameterized
        try:
            self.d._is_reparameterized = flag
            yield self
        finally:
            self.d._is_reparameterized = old

    def sample(self, n_samples=None, is_reparameterized=None):
        if is_reparameterized is None:
            return self.d.sample(n_samples)
        if is_reparameterized and not self.is_reparameterized:
            raise RuntimeError('{!r} is not re-parameterized'.format(self))
        with self.set_reparameterized(is_reparameterized):
            samples = self.d.sample(n_samples)
        return samples if is_reparameterized else tf.stop_gradient(samples)

    def log_prob(self, given, group_ndims=0):
        given = self.d._check_input_shape(given)
        log_p = self.d._log_prob(given)
        if group_ndims:
            log_p = tf.reduce_sum(log_p, list(range(-group_ndims, 0)))
        return log_p


class RandomWalk(zd.Distribution):
    """x_t = a x_{t-1} + noise: a subclass of ZhuSuan's base class, shape [T, D]."""

    def __init__(self, decay, logstd, n_steps, group_ndims=0,
                 is_reparameterized=True, use_path_derivative=False, **kwargs):
        self._decay = tf.convert_to_tensor(decay, dtype=tf.float32)
        self._logstd = tf.convert_to_tensor(logstd, dtype=tf.float32)
        self._n_steps = n_steps
        super(RandomWalk, self).__init__(
            dtype=tf.float32, param_dtype=tf.float32, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims, **kwargs)

    def _value_shape(self):
        return tf.stack([self._n_steps, tf.shape(self._logstd)[-1]])

    def _get_value_shape(self):
        return tf.TensorShape([self._n_steps, self._logstd.get_shape()[-1].value])

    def _batch_shape(self):
        return tf.shape(self._logstd)[:-1]

    def _get_batch_shape(self):
        return self._logstd.get_shape()[:-1]

    def _sample(self, n_samples):
        shape = tf.concat([[self._n_steps, n_samples], tf.shape(self._logstd)], 0)
        eps = tf.random_normal(shape) * tf.exp(self._logstd)
        x = tf.scan(lambda a, e: self._decay * a + e, eps, tf.zeros(shape[1:]))
        perm = [1] + list(range(2, x.get_shape().ndims - 1)) + [0, x.get_shape().ndims - 1]
        return tf.transpose(x, perm)

    def _log_prob(self, given):
        before = tf.concat([tf.zeros_like(given[..., :1, :]), given[..., :-1, :]], -2)
        normal = WrappedDistribution(zd.Normal(
            self._decay * before, logstd=tf.expand_dims(self._logstd, -2)))
        return normal.log_prob(given, group_ndims=2)

    def _prob(self, given):
        return tf.exp(self._log_prob(given))


# ------------------------------------------------------------------ the model
def make_cell(num_units, kind='lstm'):
    cell = {'lstm': partial(rnn.BasicLSTMCell, forget_bias=1.0),
            'gru': rnn.GRUCell, 'full': rnn.LSTMCell}[kind](num_units)
    return rnn.DropoutWrapper(cell, output_keep_prob=FLAGS.ts_keep_prob)


@zs.meta_bayesian_net(scope='p_net', reuse_variables=True)
def p_net(n):
    bn = zs.BayesianNet()
    logstd = tf.get_variable('walk_logstd', [FLAGS.ts_z_dim],
                             initializer=tf.zeros_initializer())
    decay = tf.get_variable('walk_decay', [], initializer=tf.constant_initializer(0.9))
    walk = RandomWalk(decay, tf.tile(logstd[None], [n, 1]), FLAGS.window_length)
    z = bn.stochastic('z', walk)
    inputs = tf.unstack(tf.reshape(
        z, [-1, FLAGS.window_length, FLAGS.ts_z_dim]), axis=1)
    cells = rnn.MultiRNNCell([make_cell(FLAGS.rnn_num_hidden),
                              make_cell(FLAGS.rnn_num_hidden, 'gru')])
    start = tuple([
        LSTMStateTuple(tf.zeros([batch_size, FLAGS.rnn_num_hidden]),
                       tf.ones([batch_size, FLAGS.rnn_num_hidden]) * 0.1),
        tf.zeros([batch_size, FLAGS.rnn_num_hidden])])
    outputs, last = rnn.static_rnn(cells, inputs, initial_state=start)
    assert isinstance(last[0], LSTMStateTuple), last
    h = tf.stack(outputs, axis=1)
    x_mean = tf.layers.dense(h, x_dim, name='x_mean')
    x_logstd = tf.layers.dense(h, x_dim, name='x_logstd', activation=tf.nn.tanh)
    bn.deterministic('x_mean', x_mean)
    bn.normal('x', x_mean, logstd=x_logstd, group_ndims=2)
    return bn


@zs.reuse_variables(scope='q_net')
def q_net(x, eps):
    """z_t given all of x and z_{t-1}; the noise is given."""
    inputs = tf.unstack(x, FLAGS.window_length, 1)
    outputs, _, _ = rnn.static_bidirectional_rnn(
        make_cell(FLAGS.rnn_num_hidden), make_cell(FLAGS.rnn_num_hidden, 'full'),
        inputs, dtype=tf.float32)
    h = tf.stack(outputs)                              # T x n x 2 hidden
    w = tf.get_variable('w_z', [FLAGS.ts_z_dim, FLAGS.ts_z_dim])
    loc = tf.layers.dense(h, FLAGS.ts_z_dim)
    logstd = tf.layers.dense(h, FLAGS.ts_z_dim)

    def step(state, args):
        loc_t, logstd_t, eps_t = args
        mean = loc_t + tf.matmul(state[0], w)
        return mean + tf.exp(logstd_t) * eps_t, mean

    zero = tf.zeros([batch_size, FLAGS.ts_z_dim])
    z, mean = tf.scan(step, (loc, logstd, tf.transpose(eps, [1, 0, 2])), (zero, zero))
    q = WrappedDistribution(zd.Normal(tf.transpose(mean, [1, 0, 2]),
                                      logstd=tf.transpose(logstd, [1, 0, 2])))
    z = tf.transpose(z, [1, 0, 2])
    return z, q.log_prob(z, group_ndims=2), q


def get_windows(n):
    """sliding windows over some waves, the last of which has a jump"""
    series = wave(n + FLAGS.window_length - 1, x_dim) * 0.5
    series[-2:] += 2.
    return np.array([series[i:i + FLAGS.window_length] for i in range(n)])


def refuses(function, *arguments):
    try:
        function(*arguments)
    except ValueError as e:
        logging.info('refused: %s', e)
        return True
    return False


def main(_):
    x = tf.placeholder(tf.float32, [batch_size, FLAGS.window_length, x_dim], 'x')
    eps = tf.placeholder(tf.float32, [batch_size, FLAGS.window_length, FLAGS.ts_z_dim])
    z, log_qz, q = q_net(x, eps)
    meta = p_net(batch_size)
    bn = meta.observe(x=x, z=z)
    log_pz, log_px = bn.cond_log_prob(['z', 'x'])
    bound = log_pz + log_px - log_qz
    cost = -tf.reduce_mean(bound)
    # the objective of the package, on what the wrapped posterior gives
    elbo = zs.variational.elbo(
        meta, observed={'x': x}, latent={'z': [z, log_qz]}, axis=None)
    optimizer = tf.train.AdamOptimizer(FLAGS.initial_lr)
    grads_and_vars = optimizer.compute_gradients(cost)
    clipped, norm = tf.clip_by_global_norm([g for g, _ in grads_and_vars], 10.)
    clipped = tf.tuple(clipped)
    infer_op = optimizer.apply_gradients(zip(clipped, [v for _, v in grads_and_vars]))
    # score = WrappedDistribution(bn['x'].distribution).log_prob(x)   # 0.3
    score = tf.reduce_sum(WrappedDistribution(bn['x'].dist).log_prob(x), -1)[:, -1]

    report('ts wrong shapes refused', refuses(q.log_prob, tf.zeros([5, 2, 7])))
    report('ts value ndims', q.value_ndims + RandomWalk(0., [0.], 3).get_value_shape().ndims)
    report('ts batch ndims', q.get_batch_shape().ndims)
    report('ts stopped', tf.gradients(q.sample(3, is_reparameterized=False),
                                      tf.trainable_variables('q_net'))[0] is None)
    report('ts reparameterized', tf.gradients(
        q.sample(), tf.trainable_variables('q_net'))[0] is not None)
    walk = RandomWalk(0.5, tf.zeros([4, 2]), 3)
    names = ' '.join(v.op.name for v in tf.trainable_variables())
    print(names)
    report('ts names', len(names))
    saver = tf.train.Saver(tf.trainable_variables())

    with tf.Session() as sess:
        set_weights(sess)
        windows = get_windows(2 * batch_size)
        noise = wave(batch_size, FLAGS.window_length, FLAGS.ts_z_dim)
        report('ts walk', sess.run(walk.log_prob(noise[:, :3])).sum())
        report('ts walk grouped', sess.run(zs.distributions.Normal(
            0., std=1., group_ndims=0).log_prob(0.)))
        report('ts walk samples', np.prod(sess.run(walk.sample(5)).shape))
        report('ts batch shape', sess.run(q.batch_shape).sum())
        for epoch in range(2):
            for i in range(0, len(windows), batch_size):
                t = time.time()
                feed = {x: windows[i:i + batch_size], eps: noise}
                values = sess.run([cost, elbo, norm], feed_dict=feed)
                report('ts cost {} {}'.format(epoch, i), values[0])
                report('ts bound {} {}'.format(epoch, i), np.mean(values[1]))
                report('ts gradient {} {}'.format(epoch, i), values[2])
                sess.run(infer_op, feed_dict=feed)
                print('epoch {} took {:.3f}'.format(epoch, time.time() - t))
        scores = [sess.run(score, {x: windows[i:i + batch_size], eps: noise})
                  for i in range(0, len(windows), batch_size)]
        scores = np.concatenate(scores)
        report('ts scores', scores.sum())
        threshold = np.sort(scores)[int(len(scores) * FLAGS.level)]
        report('ts anomalies', (scores < threshold).sum())
        if FLAGS.ts_model_dir is not None:
            saver.save(sess, os.path.join(FLAGS.ts_model_dir, 'model.ckpt'))
            with open(os.path.join(FLAGS.ts_model_dir, 'scores.pkl'), 'wb') as f:
                pickle.dump(scores, f)
    if FLAGS.ts_plot:
        try:
            import matplotlib.pyplot as plt
            plt.plot(scores)
            plt.show()
        except ImportError:
            pass


if __name__ == '__main__':
    tf.app.run()
