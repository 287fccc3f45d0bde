"""GP regression with the tangent kernel of a network: per-example Jacobians.

k(x, x') = J(x) J(x')^T + s^2, with J the derivatives of the network's output by
its weights; the gradients of the output by the inputs give a second set of figures.
"""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import argparse
import functools
import os
import os.path as osp
import shutil
import sys
import tempfile

import numpy as np
import six
import tensorflow as tf
from tensorflow.python.client import device_lib
from tensorflow.python.framework import dtypes
from tensorflow.python.framework import ops
from tensorflow.python.framework import tensor_shape
from tensorflow.python.framework.ops import Tensor, IndexedSlices
from tensorflow.python.ops import array_ops
from tensorflow.python.ops import control_flow_ops
from tensorflow.python.ops import gradients_impl
from tensorflow.python.ops import init_ops
from tensorflow.python.ops import linalg_ops
from tensorflow.python.ops import math_ops
from tensorflow.python.ops import variable_scope as vs
from tensorflow.python.ops.control_flow_ops import while_loop
from tensorflow.python.ops.parallel_for import jacobian, batch_jacobian
from tensorflow.python.ops.parallel_for.gradients import jacobian as jacobian_2
from tensorflow.python.platform import tf_logging as logging
from tensorflow.python.training import moving_averages
from tensorflow.python.util import nest
import zhusuan as zs
from weights import report, set_weights

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument('--n_train', type=int, default=12)
parser.add_argument('--n_test', type=int, default=5)
parser.add_argument('--n_hidden', type=int, default=6)
parser.add_argument('--lr', type=float, default=1e-2)
parser.add_argument('--n_iters', type=int, default=3)
parser.add_argument('--ckpt_dir', type=str, default='')
parser.add_argument('--dump', action='store_true', default=False)
parser.add_argument('--use_pfor', action='store_true', default=True)
args = parser.parse_args()


def gen_data(n, dim=2, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.uniform(-2, 2, size=[n, dim])
    y = np.sin(X[:, 0]) * X[:, 1] + 0.1 * rng.normal(size=[n])
    return X.astype(np.float32), y.astype(np.float32)


# def available_gpus():
#     return [d.name for d in device_lib.list_local_devices() if d.device_type == 'GPU']


def mlp(x, n_hidden):
    """returns [n]; relies on variables so that the Jacobian has something to see"""
    with vs.variable_scope('mlp', reuse=tf.AUTO_REUSE):
        dim = x.get_shape()[1].value
        w0 = vs.get_variable('w0', [dim, n_hidden],
                             initializer=init_ops.random_normal_initializer())
        b0 = vs.get_variable('b0', [n_hidden], initializer=init_ops.zeros_initializer())
        w1 = vs.get_variable('w1', [n_hidden, 1],
                             initializer=init_ops.random_normal_initializer())
    h = math_ops.tanh(math_ops.matmul(x, w0) + b0)
    out = array_ops.squeeze(math_ops.matmul(h, w1) / np.sqrt(n_hidden), 1)
    assert isinstance(out, Tensor) and not isinstance(out, IndexedSlices)
    return out, [w0, b0, w1]


def per_example_jacobian(x, n_hidden):
    out, weights = mlp(x, n_hidden)
    parts = [jacobian(out, w) if args.use_pfor else jacobian_2(out, w)
             for w in weights]
    n = array_ops.shape(x)[0]
    flat = [array_ops.reshape(p, [n, w.get_shape().num_elements()])
            for p, w in zip(parts, weights)]
    return out, array_ops.concat(flat, 1)


def input_jacobian(x, n_hidden):
    """d h_j / d x_i for each example: [n, n_hidden, dim]"""
    with vs.variable_scope('mlp', reuse=True):
        w0, b0 = vs.get_variable('w0'), vs.get_variable('b0')
    return batch_jacobian(math_ops.tanh(math_ops.matmul(x, w0) + b0), x)


def power_iteration(matrix, n_steps):
    """the largest eigenvalue, for the learning rate"""
    start = array_ops.ones_like(matrix[:, :1])

    def body(i, v):
        v = math_ops.matmul(matrix, v)
        return i + 1, v / linalg_ops.norm(v)

    i, v = while_loop(lambda i, v: i < n_steps, body, [0, start])
    v = control_flow_ops.with_dependencies([i], v)
    return math_ops.reduce_sum(v * math_ops.matmul(matrix, v))


@zs.meta_bayesian_net(scope='gp', reuse_variables=True)
def build_gp(mean, features):
    bn = zs.BayesianNet()
    log_noise = tf.get_variable('log_noise', [], dtype=dtypes.float32)
    log_scale = tf.get_variable('log_scale', [], dtype=dtypes.float32)
    n = tf.shape(features)[0]
    kernel = tf.exp(log_scale) * tf.matmul(features, features, transpose_b=True)
    kernel += tf.exp(2 * log_noise) * tf.eye(n)
    bn.deterministic('kernel', kernel)
    bn.multivariate_normal_cholesky('y', mean, cov_tril=tf.cholesky(kernel))
    return bn


def predict(bn, features, features_test, mean, mean_test, y):
    """mean and variance of the function at the test points"""
    scale = tf.exp([v for v in tf.global_variables()
                    if v.op.name.endswith('log_scale')][0])
    L = tf.cholesky(bn['kernel'].tensor if hasattr(bn['kernel'], 'tensor')
                    else bn['kernel'])
    cross = scale * tf.matmul(features, features_test, transpose_b=True)
    half = tf.matrix_triangular_solve(L, cross)
    r = tf.matrix_triangular_solve(L, tf.expand_dims(y - mean, 1))
    mu = mean_test + tf.squeeze(tf.matmul(half, r, transpose_a=True), 1)
    var = scale * tf.reduce_sum(tf.square(features_test), 1)
    return mu, var - tf.reduce_sum(tf.square(half), 0)


def main():
    np.random.seed(0)
    tf.set_random_seed(0)
    X, y_value = gen_data(args.n_train)
    X_test, y_test = gen_data(args.n_test, seed=1)

    x = tf.placeholder(dtypes.float32, [None, 2], 'x')
    x_test = tf.placeholder(dtypes.float32, [None, 2], 'x_test')
    y = tf.placeholder(dtypes.float32, tensor_shape.TensorShape([None]), 'y')
    mean, features = per_example_jacobian(x, args.n_hidden)
    mean_test, features_test = per_example_jacobian(x_test, args.n_hidden)
    slopes = input_jacobian(x, args.n_hidden)
    model = build_gp(mean, features)
    bn = model.observe(y=y)
    log_p = bn.log_joint()
    smooth = math_ops.reduce_mean(math_ops.square(slopes))
    cost = -log_p / args.n_train + 0.1 * smooth
    top = power_iteration(bn['kernel'].tensor if hasattr(bn['kernel'], 'tensor')
                          else bn['kernel'], 20)
    mu, var = predict(bn, features, features_test, mean, mean_test, y)
    with ops.name_scope('train'):
        optimizer = tf.train.GradientDescentOptimizer(args.lr)
        variables = tf.trainable_variables()
        grads = gradients_impl.gradients(cost, variables)
        infer_op = optimizer.apply_gradients(zip(tf.tuple(grads), variables))
        average = array_ops.zeros([])
        tracked = tf.get_variable('tracked', [], trainable=False,
                                  initializer=init_ops.zeros_initializer())
        track_op = moving_averages.assign_moving_average(
            tracked, smooth, 0.9, zero_debias=False)

    # the posterior of the noise and the scale, by HMC on the same Jacobians
    latent = {'scale': tf.Variable([0.1, 0.2], trainable=False, name='scale'),
              'noise': tf.Variable([-0.5, -0.7], trainable=False, name='noise')}

    def log_joint(observed):
        K = tf.matmul(features, features, transpose_b=True)
        K = tf.exp(observed['scale'])[:, None, None] * K
        K += tf.exp(2 * observed['noise'])[:, None, None] * tf.eye(tf.shape(x)[0])
        d = zs.distributions.MultivariateNormalCholesky(
            tf.tile(mean[None], [2, 1]), tf.cholesky(K))
        prior = zs.distributions.Normal(0., std=1.)
        return (d.log_prob(observed['y']) + prior.log_prob(observed['scale'])
                + prior.log_prob(observed['noise']))

    hmc_op, hmc_info = zs.HMC(step_size=1e-3, n_leapfrogs=2).sample(
        log_joint, observed={'y': y}, latent=latent)
    saver = tf.train.Saver(max_to_keep=1)
    logdir = args.ckpt_dir or tempfile.mkdtemp()
    with tf.Session() as sess:
        set_weights(sess)
        feed = {x: X, y: y_value, x_test: X_test}
        J, S = sess.run([features, slopes], feed)
        logging.info('jacobians %s %s', J.shape, S.shape)
        report('gp jacobian', np.cos(J).sum())
        report('gp jacobian size', J.size)
        report('gp input jacobian', np.cos(S).sum())
        report('gp input jacobian size', S.size)
        # finite differences of one input
        shifted = X.copy()
        shifted[:, 0] += 1e-2
        difference = (sess.run(mean, {x: shifted}) - sess.run(mean, {x: X})) / 1e-2
        by_features = sess.run(batch_jacobian(mean[:, None], x), feed)[:, 0, 0]
        report('gp finite differences', np.abs(difference - by_features).max() < 1e-2)
        report('gp eigenvalue', sess.run(top, feed))
        for it in range(args.n_iters):
            value, g = sess.run([log_p, grads], feed)
            report('gp log likelihood {}'.format(it), value)
            report('gp gradient {}'.format(it), sum(np.square(part).sum() for part in g))
            sess.run([infer_op, track_op], feed)
        report('gp tracked', sess.run(tracked))
        m, v = sess.run([mu, var], feed)
        report('gp predictive mean', m.sum())
        report('gp predictive variance', v.sum())
        _, before = sess.run([hmc_op, hmc_info.orig_log_prob], feed)
        report('gp hmc first log joint', before.sum())
        path = saver.save(sess, osp.join(logdir, 'model.ckpt'))
        sess.run(tf.global_variables_initializer())
        saver.restore(sess, path)
        report('gp restored', sess.run(log_p, feed))
        if args.dump:
            np.savez(osp.join(logdir, 'predictions.npz'), m=m, v=v)
    if not args.ckpt_dir:
        shutil.rmtree(logdir)


if __name__ == "__main__":
    main()
