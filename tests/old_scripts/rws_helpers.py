#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Reweighted wake-sleep for a net of binary and categorical variables, with a
distribution of the author's own that is made of the helpers of ZhuSuan 0.4.
"""
from __future__ import absolute_import
from __future__ import print_function
from __future__ import division
import os
import sys
import time
import warnings
import functools
from collections import OrderedDict

import six
import tensorflow as tf
from six.moves import range, zip
import numpy as np
import zhusuan as zs
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.utils import (
    assert_dtype_is_float, assert_positive_int32_scalar, assert_same_float_dtype,
    explicit_broadcast, get_shape_at, get_shape_list,
    is_same_dynamic_shape, log_combination, maybe_explicit_broadcast,
    open_interval_standard_uniform)
from zhusuan.framework.utils import Context
from zhusuan.hmc import hamiltonian, leapfrog_integrator, velocity
from zhusuan.utils import (
    add_name_scope, convert_to_int, log_mean_exp, log_sum_exp, merge_dicts)
from weights import report, set_weights, wave

# from examples import conf
# from examples.utils import dataset

tf.app.flags.DEFINE_integer('rws_particles', 4, 'number of samples')
tf.app.flags.DEFINE_integer('rws_iters', 3, 'number of iterations')
tf.app.flags.DEFINE_float('rws_rate', 0.05, 'learning rate')
tf.app.flags.DEFINE_bool('rws_plot', False, 'plot the bound')
FLAGS = tf.app.flags.FLAGS

x_dim, z_dim, n_kinds = 10, 4, 3


class Verbosity(Context):
    """How much is printed; the innermost one counts."""

    def __init__(self, level):
        self.level = level

    @staticmethod
    def now():
        try:
            return Verbosity.get_context().level
        except RuntimeError:
            return 0


class Logistic(Distribution):
    """The logistic distribution, by the inverse of its cdf."""

    def __init__(self, loc, scale, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        self._loc = tf.convert_to_tensor(loc)
        self._scale = tf.convert_to_tensor(scale)
        dtype = assert_same_float_dtype(
            [(self._loc, 'Logistic.loc'), (self._scale, 'Logistic.scale')])
        assert_dtype_is_float(dtype)
        self._check_numerics = check_numerics
        super(Logistic, self).__init__(
            dtype=dtype, param_dtype=dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims, **kwargs)

    def _value_shape(self):
        return tf.constant([], dtype=tf.int32)

    def _get_value_shape(self):
        return tf.TensorShape([])

    def _batch_shape(self):
        return tf.broadcast_dynamic_shape(tf.shape(self._loc), tf.shape(self._scale))

    def _get_batch_shape(self):
        return tf.broadcast_static_shape(self._loc.get_shape(), self._scale.get_shape())

    def _sample(self, n_samples):
        loc, scale = self._loc, self._scale
        if not self.is_reparameterized:
            loc, scale = tf.stop_gradient(loc), tf.stop_gradient(scale)
        shape = tf.concat([[n_samples], self.batch_shape], 0)
        u = open_interval_standard_uniform(shape, self.dtype)
        return loc + scale * (tf.log(u) - tf.log(1. - u))

    def _log_prob(self, given):
        loc, scale = self.path_param(self._loc), self.path_param(self._scale)
        y = (given - loc) / scale
        if self._check_numerics:
            with tf.control_dependencies([tf.check_numerics(y, 'Logistic')]):
                y = tf.identity(y)
        return -y - 2. * tf.nn.softplus(-y) - tf.log(scale)


@zs.meta_bayesian_net(scope='rws_model', reuse_variables=True)
def build_model(n, n_particles):
    bn = zs.BayesianNet()
    z = bn.bernoulli('z', tf.zeros([n, z_dim]), group_ndims=1, n_samples=n_particles,
                     dtype=tf.float32)
    kind_logits = tf.layers.dense(z, n_kinds, name='kind')
    # int16 to save memory, as in the preprocessing
    kind = bn.categorical('kind', kind_logits, dtype=tf.int16)
    one_hot = tf.one_hot(tf.to_int32(kind), n_kinds)
    h = tf.layers.dense(tf.concat([z, one_hot], -1), 6, activation=tf.nn.tanh)
    loc = tf.layers.dense(h, x_dim, name='loc')
    bn.stochastic('x', Logistic(loc, tf.ones([x_dim]) * 0.5, group_ndims=1))
    return bn


@zs.reuse_variables(scope='rws_proposal')
def proposal(x, n_particles):
    bn = zs.BayesianNet()
    h = tf.layers.dense(x, 6, activation=tf.nn.tanh)
    bn.bernoulli('z', tf.layers.dense(h, z_dim), group_ndims=1, n_samples=n_particles,
                 dtype=tf.float32)
    logits = tf.tile(tf.layers.dense(h, n_kinds)[None], [n_particles, 1, 1])
    bn.categorical('kind', logits, dtype=tf.int16)
    return bn


def stochastic_ancestors(bn, names, tensor):
    """the nodes on which a tensor depends"""
    ops = zs.get_backward_ops(tensor)
    place = dict((op, i) for i, op in enumerate(ops))
    for op in ops:
        for before in [i.op for i in op.inputs] + list(op.control_inputs):
            assert place[before] < place[op]
    return [name for name in names if bn[name].tensor.op in place]


def raises(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as e:
        if Verbosity.now() > 1:
            print(kind.__name__, e)
        return True
    return False


@add_name_scope
def trajectory(n_steps, step_size):
    """leapfrogs by hand, on a normal distribution; the error of the energy"""
    log_p = zs.distributions.Normal(tf.zeros([3]), std=1.2, group_ndims=1).log_prob
    q, p, mass = [tf.constant(wave(2, 3))], [tf.constant(wave(6).reshape(2, 3))], \
        [tf.constant([1., 2., 0.5])]
    log_posterior = lambda q: log_p(q[0])      # noqa: E731
    grad = lambda q: tf.gradients(log_posterior(q), q)      # noqa: E731
    before, _ = hamiltonian(q, p, log_posterior, mass, [[-1]])
    for i in range(n_steps + 1):
        step_1 = 0. if i == 0 else step_size
        step_2 = step_size if 0 < i < n_steps else step_size / 2
        q, p = leapfrog_integrator(q, p, step_1, step_2, grad, mass)
    after, _ = hamiltonian(q, p, log_posterior, mass, [[-1]])
    return q[0], velocity(p, mass)[0], after - before


def try_helpers():
    a = tf.constant(1., name='rws_a')
    b = tf.constant(2., name='rws_b')
    with tf.control_dependencies([a, b]):
        c = tf.constant(3., name='rws_c')
    names = [op.name for op in zs.get_backward_ops(c)]
    report('rws control', names.index('rws_a') < 2 and names.index('rws_c') == 2)
    report('rws control count', len(names))
    report('rws treat as inputs', len(zs.get_backward_ops(c, treat_as_inputs=[c])))
    # shapes
    x = tf.placeholder(tf.float32, [2, None, 4])
    report('rws static', get_shape_at(x, 0) + get_shape_at(x, 2))
    dynamic = get_shape_at(x, 1)
    report('rws shape list', sum(get_shape_list(tf.zeros([2, 3]))))
    report('rws int', convert_to_int(3))
    p = maybe_explicit_broadcast(tf.zeros([3, 1]), tf.zeros([1, 4]), 'p', 'q')[0]
    report('rws broadcast', p.get_shape().num_elements())
    report('rws same dtype refused', raises(
        TypeError, assert_same_float_dtype,
        [(tf.zeros([1]), 'a'), (tf.zeros([1], tf.float64), 'b')]))
    report('rws int refused', raises(TypeError, assert_dtype_is_float, tf.int32))
    report('rws negative refused', raises(
        ValueError, assert_positive_int32_scalar, -1, 'n'))
    report('rws float counts refused', raises(
        TypeError, zs.distributions.Binomial, tf.zeros([2]), 3.5))
    report('rws no context', raises(RuntimeError, Verbosity.get_context))
    with Verbosity(1), Verbosity(2):
        report('rws context', Verbosity.now() + len(Verbosity.get_contexts()))
    v = wave(3, 4)
    u = open_interval_standard_uniform([1000], tf.float32)
    q, v_end, error = trajectory(4, 0.2)
    with tf.Session() as sess:
        report('rws trajectory', sess.run(q).sum())
        report('rws velocity', sess.run(v_end).sum())
        report('rws energy kept', np.abs(sess.run(error)).max() < 0.05)
        report('rws dynamic', sess.run(dynamic, {x: np.zeros([2, 7, 4])}))
        report('rws log sum exp', sess.run(log_sum_exp(v, 1)).sum())
        report('rws log mean exp', sess.run(log_mean_exp(v, axis=0)).sum())
        report('rws log combination', sess.run(log_combination(
            tf.constant(5.), tf.constant([2., 3.]))))
        values = sess.run(u)
        report('rws open interval', (0 < values).all() and (values < 1).all())
        samples = sess.run(zs.distributions.OnehotCategorical(
            tf.zeros([5, 3]), dtype=tf.int16).sample(6))
        report('rws int16', samples.dtype == np.int16 and samples.sum())
        logistic = Logistic(v, tf.constant(0.5), check_numerics=True)
        report('rws logistic', sess.run(logistic.log_prob(0.3)).sum())
        report('rws logistic samples', sess.run(logistic.sample(5)).size)


def main(argv):
    np.random.seed(1)
    tf.set_random_seed(1)
    try_helpers()
    n, K = 5, FLAGS.rws_particles
    x = tf.placeholder(tf.float32, [n, x_dim], name='rws_x')
    meta = build_model(n, K)
    q = proposal(x, K)
    z, kind = q.get(['z', 'kind'])
    z, kind = z.tensor, kind.tensor
    latent = merge_dicts({'z': [z, q.cond_log_prob('z')]},
                         {'kind': [kind, q.cond_log_prob('kind')]})
    bound = zs.variational.importance_weighted_objective(
        meta, observed={'x': x}, latent=latent, axis=0)
    divergence = zs.variational.klpq(meta, observed={'x': x}, latent=latent, axis=0)
    model_params = tf.trainable_variables(scope='rws_model')
    q_params = tf.trainable_variables(scope='rws_proposal')
    wake_cost = tf.reduce_mean(-bound.tensor)
    q_cost = tf.reduce_mean(divergence.rws())     # renamed to importance() in 0.4
    optimizer = tf.train.GradientDescentOptimizer(FLAGS.rws_rate)
    model_grads = tf.tuple(tf.gradients(wake_cost, model_params))
    q_grads = tf.tuple(tf.gradients(q_cost, q_params))
    pairs = list(zip(model_grads + q_grads, model_params + q_params))
    infer_op = optimizer.apply_gradients(pairs)

    bn = meta.observe(x=x)
    ancestors = stochastic_ancestors(bn, ['z', 'kind'], bn.cond_log_prob('x'))
    report('rws ancestors', len(ancestors))
    one = proposal(x, 1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        single = zs.variational.klpq(
            build_model(n, 1), observed={'x': x}, variational=one).importance()
    report('rws one sample warns', any(
        'klpq' in str(w.message) or 'bias' in str(w.message) for w in caught))
    report('rws int16 node', kind.dtype == tf.int16)
    print([v.name for v in tf.trainable_variables()])

    with tf.Session() as sess:
        set_weights(sess)
        feed = {x: wave(n, x_dim), z: (wave(K, n, z_dim) > 0).astype(np.float32),
                kind: (np.arange(K * n).reshape([K, n]) % n_kinds).astype(np.int16)}
        for it in range(FLAGS.rws_iters):
            values = sess.run([bound.tensor, q_cost, model_grads, q_grads], feed)
            report('rws bound {}'.format(it), values[0].sum())
            report('rws cost {}'.format(it), values[1])
            report('rws gradient {}'.format(it), sum(
                np.square(g).sum() for g in values[2]))
            report('rws proposal gradient {}'.format(it), sum(
                np.square(g).sum() for g in values[3]))
            sess.run(infer_op, feed)
        feed.update({one['z'].tensor: feed[z][:1], one['kind'].tensor: feed[kind][:1]})
        report('rws one sample', sess.run(single, feed).sum())
    if FLAGS.rws_plot:
        from matplotlib import pyplot as plt
        plt.plot(values[0])


if __name__ == '__main__':
    tf.app.run()
