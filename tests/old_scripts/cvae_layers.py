#!/usr/bin/env python
# coding: utf-8
"""Conditional VAE of small images with labels, by the layers of tf.layers.

The labels are one-hot with the first column dropped, as by
pandas.get_dummies(drop_first=True), so that some rows are all zero.
"""

from __future__ import absolute_import
from __future__ import print_function
from __future__ import division
import copy
import glob
import os, sys
import random
import time

import tensorflow as tf
import tensorflow.contrib.layers as contrib_layers
import numpy as np
from six.moves import range
from six.moves import cPickle as pickle
import zhusuan as zs
from weights import report, set_weights, wave

flags = tf.app.flags
flags.DEFINE_integer("cvae_epochs", 2, "Epochs to train")
flags.DEFINE_integer("cvae_batch", 4, "Size of the batches")
flags.DEFINE_float("cvae_rate", 1e-2, "Learning rate")
flags.DEFINE_float("cvae_decay", 1e-3, "Weight of the squares of the weights")
flags.DEFINE_bool("cvae_plot", False, "Save a picture of the samples")
FLAGS = flags.FLAGS

SIZE = 8
N_CLASSES = 4
Z_DIM = 2
x_dim = SIZE * SIZE

# the optimizer was
# tf.contrib.opt.NadamOptimizer(FLAGS.cvae_rate)


def load_data():
    """Bars in one of four places, with their labels."""
    rng = np.random.RandomState(7)
    labels = np.arange(2 * FLAGS.cvae_batch) % N_CLASSES
    x = np.zeros([len(labels), SIZE, SIZE], "float32")
    for row, label in zip(x, labels):
        row[2 * label:2 * label + 2] = 1.
        row[rng.randint(SIZE), rng.randint(SIZE)] = 1.
    one_hot = np.eye(N_CLASSES, dtype="float32")[labels]
    return x.reshape([-1, x_dim]), one_hot[:, 1:]


def batch_norm(x, training, name=None):
    return tf.layers.batch_normalization(
        x, training=training, momentum=0.9, epsilon=1e-5, name=name)


class Condition(object):
    """Layers as objects, called more than once."""

    def __init__(self):
        self.dense = tf.layers.Dense(3, activation=tf.nn.tanh, name="condition")
        self.drop = tf.layers.Dropout(rate=0.5)
        self.flat = tf.layers.Flatten()
        self.pool = tf.layers.AveragePooling2D(2, 2)

    def __call__(self, y, training=False):
        return self.flat(self.drop(self.dense(y), training=training))


def encoder(x, y, training, reuse=tf.AUTO_REUSE):
    regularizer = contrib_layers.l2_regularizer(FLAGS.cvae_decay)
    with tf.variable_scope("encoder", reuse=reuse):
        h = tf.reshape(x, [-1, SIZE, SIZE, 1])
        h = tf.layers.conv2d(h, 3, kernel_size=3, strides=2, padding="same",
                             kernel_regularizer=regularizer, name="conv1")
        h = tf.nn.relu(batch_norm(h, training, "bn1"))
        h = tf.layers.separable_conv2d(h, 4, 3, padding="same", activation=tf.nn.elu,
                                       depth_multiplier=2, name="separable")
        h = tf.layers.max_pooling2d(h, pool_size=[2, 2], strides=2)
        h = tf.layers.flatten(h)
        # order of the columns
        h1 = tf.layers.conv1d(tf.reshape(x, [-1, SIZE, SIZE]), 2, 3, dilation_rate=2,
                              padding="valid", activation=tf.nn.relu, name="rows")
        h1 = tf.layers.average_pooling1d(h1, 2, 2)
        h = tf.concat([h, tf.layers.flatten(h1), y], axis=1)
        h = tf.layers.dense(h, 6, activation=tf.nn.relu, use_bias=True,
                            kernel_initializer=tf.contrib.layers.xavier_initializer(),
                            kernel_regularizer=regularizer, name="fc")
        h = tf.layers.dropout(h, rate=0.3, training=False)
        return (tf.layers.dense(h, Z_DIM, name="mean"),
                tf.layers.dense(h, Z_DIM, name="logstd"))


@zs.meta_bayesian_net(scope="decoder", reuse_variables=True)
def build_gen(n, n_particles, y, training):
    bn = zs.BayesianNet()
    prior = tf.get_variable("prior", [N_CLASSES - 1])
    bn.onehot_categorical("y", tf.tile(prior[None], [n, 1]), dtype=tf.float32)
    z = bn.normal("z", tf.zeros([n, Z_DIM]), std=1., group_ndims=1,
                  n_samples=n_particles)
    condition = Condition()
    c = condition(y)
    c = tf.tile(tf.expand_dims(c, 0), [n_particles, 1, 1])
    h = tf.layers.dense(tf.concat([z, c], 2), 8, activation=None)
    h = tf.reshape(h, [-1, 2, 2, 2])
    h = tf.layers.conv2d_transpose(h, 3, 3, strides=2, padding="same")
    h = tf.nn.relu(tf.layers.batch_normalization(h, training=training, momentum=0.5,
                                                 scale=False))
    h = tf.layers.conv2d_transpose(h, 1, [2, 2], strides=(2, 2), padding="valid",
                                   bias_initializer=tf.constant_initializer(-1.))
    logits = tf.reshape(h, [n_particles, -1, x_dim])
    bn.deterministic("x_mean", tf.sigmoid(logits))
    bn.bernoulli("x", logits, group_ndims=1, dtype=tf.float32)
    return bn


@zs.reuse_variables(scope="posterior")
def q_net(x, y, n_particles, training):
    bn = zs.BayesianNet()
    mean, logstd = encoder(x, y, training)
    bn.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=n_particles)
    return bn


def save_image(images, path):
    try:
        import matplotlib
        matplotlib.use("agg")
        from matplotlib import pyplot as plt
        plt.imsave(path, np.concatenate(list(images), axis=1), cmap="gray")
    except Exception as e:
        print("no picture:", e)


def main(argv):
    tf.set_random_seed(1234)
    random.seed(1234)
    n_particles = 2
    training = tf.placeholder_with_default(False, shape=[], name="cvae_training")
    x = tf.placeholder(tf.float32, [None, x_dim], name="cvae_x")
    y = tf.placeholder(tf.float32, [None, N_CLASSES - 1], name="cvae_y")
    n = tf.shape(x)[0]
    meta = build_gen(n, n_particles, y, training)
    variational = q_net(x, y, n_particles, training)
    z = variational["z"].tensor

    # The labels are given, and have their own log probability
    meta.log_joint = lambda bn: tf.add_n(bn.cond_log_prob(["z", "x"]))
    lower_bound = zs.variational.elbo(
        meta, observed={"x": x, "y": y}, variational=variational, axis=0)
    log_py = lower_bound.bn.cond_log_prob("y")
    has_label = tf.reduce_sum(y, 1) > 0
    label_cost = -tf.reduce_sum(tf.boolean_mask(log_py, has_label))
    penalty = tf.losses.get_regularization_loss()
    cost = tf.reduce_mean(lower_bound.sgvb()) + penalty + 0.1 * label_cost
    bound = tf.reduce_mean(lower_bound)

    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    optimizer = tf.train.MomentumOptimizer(FLAGS.cvae_rate, 0.9)
    params = tf.trainable_variables()
    grads = tf.tuple(tf.gradients(cost, params, stop_gradients=[z]))
    with tf.control_dependencies(update_ops):
        infer_op = optimizer.apply_gradients(
            [(g, p) for g, p in zip(grads, params) if g is not None])
    # after the training
    images = tf.reshape(meta.observe(
        y=y, z=tf.zeros([n_particles, n, Z_DIM]))["x_mean"], [-1, SIZE, SIZE])
    reused_mean, _ = encoder(x, y, training)   # outside of q_net: new variables
    report("cvae encoders", len(tf.trainable_variables("encoder")))

    for v in tf.global_variables():
        print(v.name, v.get_shape())
    names = sorted(v.op.name for v in tf.global_variables())
    report("cvae names", sum(len(name) for name in names))
    report("cvae updates", len(update_ops))
    report("cvae penalties", len(tf.losses.get_regularization_losses()))

    x_train, y_train = load_data()
    # np.random.shuffle(x_train)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        set_weights(sess)
        report("cvae penalty", sess.run(penalty))
        step = 0
        for epoch in range(1, FLAGS.cvae_epochs + 1):
            t = -time.time()
            for i in range(len(x_train) // FLAGS.cvae_batch):
                sel = slice(i * FLAGS.cvae_batch, (i + 1) * FLAGS.cvae_batch)
                feed = {x: x_train[sel], y: y_train[sel], training: True,
                        z: wave(n_particles, FLAGS.cvae_batch, Z_DIM)}
                values = sess.run([cost, grads, label_cost], feed_dict=feed)
                report("cvae cost {}".format(step), values[0])
                report("cvae gradient {}".format(step), sum(
                    np.square(g).sum() for g in values[1] if g is not None))
                report("cvae label cost {}".format(step), values[2])
                sess.run(infer_op, feed_dict=feed)
                step += 1
            print("Epoch {} ({:.1f}s)".format(epoch, t + time.time()))
        # by the averages
        feed[training] = False
        report("cvae bound", sess.run(bound, feed_dict=feed))
        report("cvae rows without label", (y_train.sum(1) == 0).sum())
        report("cvae labels that are finite", np.isfinite(
            sess.run(log_py, feed_dict=feed)).sum())
        report("cvae images", sess.run(images, feed_dict=feed).sum())
        report("cvae other encoder", np.cos(sess.run(reused_mean, feed)).sum())
        for v in tf.global_variables():
            if "moving" in v.op.name:
                report("cvae " + v.op.name, sess.run(v).sum())
        if FLAGS.cvae_plot:
            save_image(sess.run(images, feed_dict=feed), "cvae.png")


if __name__ == "__main__":
    tf.app.run()
