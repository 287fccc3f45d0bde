"""Layers of tf.contrib, one by one: names of variables, values, gradients."""

import zlib

import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib import framework, layers
from weights import report, set_weights, wave

images = tf.constant(wave(3, 6, 6, 2))
rows = tf.constant(wave(3, 4, 5))
training = tf.placeholder_with_default(True, [])


@framework.add_arg_scope
def scaled(x, factor=1., shift=0.):
    return factor * x + shift


with framework.arg_scope([scaled], factor=2., shift=1.) as outer:
    with framework.arg_scope([scaled], shift=3.):
        inner = scaled(rows)
    with framework.arg_scope(outer):
        again = scaled(rows, factor=5.)

OUTPUTS = [
    layers.fully_connected(rows, 3, scope="rows"),
    layers.linear(rows[0], 3),
    layers.relu(rows[0], 3, biases_initializer=None),
    layers.conv2d(images, 3, [2, 3], rate=2, activation_fn=tf.nn.tanh),
    slim.conv2d(images, 3, 3, stride=[2, 1], padding="VALID"),
    layers.conv2d_transpose(images, 3, [4, 3], stride=[2, 3]),
    layers.conv2d_transpose(images, 3, 1, stride=2, padding="VALID"),
    layers.batch_norm(images, is_training=training, decay=0.9),
    layers.batch_norm(rows, center=False, scale=True, is_training=False),
    layers.batch_norm(rows[0], updates_collections=None, decay=0.5, epsilon=0.1,
                      activation_fn=tf.nn.relu,
                      param_initializers={"moving_mean": tf.ones_initializer()}),
    layers.layer_norm(images),
    layers.layer_norm(rows, begin_norm_axis=2, scale=False),
    layers.max_pool2d(images, 2), layers.avg_pool2d(images, [3, 2], 1, "SAME"),
    layers.flatten(images), layers.one_hot_encoding([1, 0, 3], 4),
    layers.dropout(rows, is_training=False), layers.dropout(rows, keep_prob=1.),
    layers.stack(rows, layers.fully_connected, [4, 3], activation_fn=tf.nn.tanh),
    layers.stack(images, layers.conv2d, [(2, [3, 3]), (3, [1, 1])], scope="twice"),
    layers.repeat(rows, 2, layers.fully_connected, 5, scope="again"),
    inner, again,
]
layers.apply_regularization(layers.l1_l2_regularizer(0.5, 2.),
                            framework.get_variables_by_name("weights"))
PENALTIES = tf.losses.get_regularization_losses() + [
    layers.l1_regularizer(0.3)(rows), layers.l2_regularizer(0.3)(rows),
    layers.sum_regularizer([layers.l1_regularizer(0.1), None])(rows)]
OUTPUTS += PENALTIES
cost = tf.add_n([tf.reduce_sum(tf.cos(y)) for y in OUTPUTS])
updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)

with tf.Session() as sess:
    set_weights(sess)
    gradients = tf.gradients(cost, tf.trainable_variables())
    for number, y in enumerate(OUTPUTS):
        report("layer {} {}".format(number, "x".join(map(str, y.shape.as_list()))),
               sess.run(tf.reduce_sum(tf.cos(y) * wave(*y.shape.as_list()))))
    for v, g in zip(tf.trainable_variables(), gradients):
        report("gradient " + v.op.name, sess.run(tf.reduce_sum(g)))
    sess.run(updates)
    report("updates", len(updates))
    for v in framework.get_variables_by_suffix("moving_variance"):
        report("moved " + v.op.name, sess.run(tf.reduce_sum(v)))
    names = " ".join(sorted(v.op.name for v in tf.global_variables()))
    report("names", zlib.crc32(names.encode()))
    models = framework.get_model_variables()
    report("model variables", len(models) - len(tf.global_variables()))
    # The variance of initial weights, from many of them.
    kinds = [layers.xavier_initializer(), layers.xavier_initializer(uniform=False),
             layers.variance_scaling_initializer(),
             layers.variance_scaling_initializer(1., "FAN_AVG", uniform=True)]
    wanted = [2. / 600., 2. / 600., 2. / 200., 1. / 300.]
    for kind, want in zip(kinds, wanted):
        values = sess.run(kind([200, 400]))
        report("initial variance", abs(np.var(values) / want - 1.) < 0.05)
