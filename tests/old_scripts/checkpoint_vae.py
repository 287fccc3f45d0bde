#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Evaluate a VAE of small images from a checkpoint of TensorFlow 1.15.

The files in checkpoint_1_15/ were written on TensorFlow 1.15.5 by

    python checkpoint_vae.py --ckpt_write

This command trains from fixed weights for a few steps of Adam. The checkpoint holds
the final bound too, as a variable.
"""
from __future__ import absolute_import
from __future__ import print_function
from __future__ import division
import os
import re
import sys
import time

import numpy as np
import tensorflow as tf
from tensorflow.contrib import layers
import zhusuan as zs
from six.moves import range
from weights import report, set_weights, wave

tf.app.flags.DEFINE_boolean('ckpt_write', False, 'train and save')
tf.app.flags.DEFINE_string('ckpt_folder', os.path.join(
    os.path.dirname(os.path.abspath(__file__)), 'checkpoint_1_15'), 'where it lies')
tf.app.flags.DEFINE_integer('ckpt_steps', 5, 'steps of Adam')
FLAGS = tf.app.flags.FLAGS

SIZE, z_dim, n_particles, batch_size = 6, 3, 2, 4
x_dim = SIZE * SIZE


@zs.meta_bayesian_net(scope='gen', reuse_variables=True)
def build_gen(n, n_particles, is_training):
    bn = zs.BayesianNet()
    z = bn.normal('z', tf.zeros([n, z_dim]), std=1., n_samples=n_particles,
                  group_ndims=1)
    h = tf.layers.dense(z, 3 * 3 * 2, activation=tf.nn.relu)
    h = tf.reshape(h, [-1, 3, 3, 2])
    h = tf.layers.batch_normalization(h, training=is_training, momentum=0.8)
    h = tf.layers.conv2d_transpose(h, 1, 4, strides=2, padding='same')
    bn.bernoulli('x', tf.reshape(h, [n_particles, -1, x_dim]), group_ndims=1,
                 dtype=tf.float32)
    return bn


@zs.reuse_variables(scope='q_net')
def q_net(x, n_particles, is_training):
    bn = zs.BayesianNet()
    h = tf.reshape(x, [-1, SIZE, SIZE, 1])
    h = tf.layers.conv2d(h, 3, 3, strides=2, padding='same', activation=tf.nn.relu)
    h = tf.layers.separable_conv2d(h, 2, 2, name='separable')
    h = layers.conv2d(h, 3, 2, normalizer_fn=layers.batch_norm,
                      normalizer_params={'is_training': is_training, 'decay': 0.7})
    h = layers.flatten(h)
    # the rows, from top to bottom
    cell = tf.nn.rnn_cell.MultiRNNCell(
        [tf.nn.rnn_cell.BasicLSTMCell(3), tf.nn.rnn_cell.GRUCell(2)])
    _, state = tf.nn.dynamic_rnn(cell, tf.reshape(x, [-1, SIZE, SIZE]),
                                 dtype=tf.float32)
    h = tf.concat([h, state[0].h, state[1]], 1)
    mean = layers.fully_connected(h, z_dim, activation_fn=None)
    logstd = tf.layers.dense(h, z_dim, name='logstd')
    bn.normal('z', mean, logstd=logstd, n_samples=n_particles, group_ndims=1)
    return bn


def main(_):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, x_dim], name='ckpt_x')
    is_training = tf.placeholder_with_default(False, [], name='ckpt_is_training')
    variational = q_net(x, n_particles, is_training)
    z = variational['z'].tensor
    lower_bound = zs.variational.elbo(
        build_gen(tf.shape(x)[0], n_particles, is_training), {'x': x},
        variational=variational, axis=0)
    cost = tf.reduce_mean(lower_bound.sgvb())
    bound = tf.reduce_mean(lower_bound)
    params = tf.trainable_variables()
    global_step = tf.train.get_or_create_global_step()
    optimizer = tf.train.AdamOptimizer(0.01)
    grads = tf.tuple(tf.gradients(cost, params, stop_gradients=[z]))
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        infer_op = optimizer.apply_gradients(zip(grads, params),
                                             global_step=global_step)
    ema = tf.train.ExponentialMovingAverage(0.9, global_step)
    average_op = ema.apply(params)
    saved_bound = tf.get_variable('saved_bound', [], trainable=False)
    saver = tf.train.Saver(max_to_keep=1, save_relative_paths=True)

    x_batch = (wave(2 * batch_size, x_dim) > 0.2).astype(np.float32)
    noise = wave(n_particles, batch_size, z_dim)
    with tf.Session() as sess:
        if FLAGS.ckpt_write:
            set_weights(sess)
            for step in range(FLAGS.ckpt_steps):
                start = step % 2 * batch_size
                sess.run(infer_op, {x: x_batch[start:start + batch_size], z: noise,
                                    is_training: True})
                sess.run(average_op)
            sess.run(saved_bound.assign(sess.run(
                bound, {x: x_batch[:batch_size], z: noise})))
            path = saver.save(sess, os.path.join(FLAGS.ckpt_folder, 'model.ckpt'),
                              global_step=global_step, write_meta_graph=False)
            print('Saved in', path)
        path = tf.train.latest_checkpoint(FLAGS.ckpt_folder)
        begin_step = int(re.search(r'ckpt-(\d+)$', path).group(1))
        print('Restoring', path, 'of step', begin_step)
        names = [name for name, _ in tf.train.list_variables(path)]
        report('checkpoint variables', len(names))
        report('checkpoint is that of the graph', sorted(names) == sorted(
            v.op.name for v in tf.global_variables()))
        saver.restore(sess, path)
        report('checkpoint step', sess.run(global_step))
        feed = {x: x_batch[:batch_size], z: noise}
        report('checkpoint bound', sess.run(bound, feed))
        report('checkpoint bound when saved', sess.run(saved_bound))
        report('checkpoint other bound', sess.run(
            bound, {x: x_batch[batch_size:], z: noise}))
        report('checkpoint gradient', sum(
            np.square(g).sum() for g in sess.run(grads, feed)))
        # the training goes on, with the moments of Adam
        feed[is_training] = True
        sess.run(infer_op, feed)
        feed[is_training] = False
        report('checkpoint next bound', sess.run(bound, feed))
        averages = sess.run([ema.average(v) for v in params])
        report('checkpoint averages', sum(np.cos(a).sum() for a in averages))


if __name__ == '__main__':
    tf.app.run()
