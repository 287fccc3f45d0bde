"""All of tf.layers and tf.nn.rnn_cell: names, values, gradients, losses, updates.

The weights come from a checkpoint that TensorFlow 1.15 has written, by
`python layers_tf1.py write`.
"""

import os
import sys

import numpy as np
import tensorflow as tf
from weights import report, set_weights, wave

CHECKPOINT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "layers_tf1_checkpoint")
rows = tf.constant(wave(3, 5))
steps = tf.constant(wave(2, 7, 3))
images = tf.constant(wave(2, 6, 7, 3))
volumes = tf.constant(wave(2, 4, 5, 6, 2))
training = tf.placeholder_with_default(True, [])


def l2(weights):
    return 0.1 * tf.reduce_sum(tf.square(weights))


def total(x):
    return tf.reduce_sum(tf.abs(x))


def fully_connected():
    yield tf.layers.dense(rows, 4)
    yield tf.layers.dense(rows, 4, tf.nn.relu, name="named")
    yield tf.layers.dense(rows, 4, activation=tf.tanh, name="named", reuse=True)
    yield tf.layers.dense(steps, 2, use_bias=False, kernel_regularizer=l2)
    yield tf.layers.dense(images, 2, activity_regularizer=total, bias_regularizer=l2,
                          bias_initializer=tf.ones_initializer())
    yield tf.layers.dense(rows, 3, activation="softplus", kernel_initializer="zeros")
    with tf.variable_scope("outer", initializer=tf.constant_initializer(0.3)):
        yield tf.layers.dense(rows, 4)
        yield tf.layers.dense(rows, 4)
        with tf.variable_scope("inner", reuse=tf.AUTO_REUSE):
            yield tf.layers.dense(rows, 4, name="auto", kernel_regularizer=l2)
            yield tf.layers.dense(rows, 4, name="auto", kernel_regularizer=l2)
    with tf.variable_scope("outer", reuse=True):
        yield tf.layers.dense(rows, 4)
    with tf.variable_scope("outer"):
        yield tf.layers.dense(rows, 4, name="late", trainable=False)
    share = tf.make_template("share", lambda x: tf.layers.dense(
        tf.layers.dense(x, 5), 5, kernel_regularizer=l2))
    yield share(share(rows))
    twice = tf.layers.Dense(5, name="twice", kernel_regularizer=l2)
    yield twice(twice(rows))
    yield tf.layers.Dense(5, name="twice", dtype=tf.float32)(rows)
    with tf.variable_scope("getter", custom_getter=lambda getter, *args, **kwargs:
                           2. * getter(*args, **kwargs)):
        yield tf.layers.dense(rows, 2)
    yield tf.layers.dense(tf.cast(rows, tf.float64), 3)


def convolutions():
    yield tf.layers.conv1d(steps, 4, 3)
    yield tf.layers.conv1d(steps, 4, 3, strides=2, padding="same",
                           activation=tf.nn.elu)
    yield tf.layers.conv1d(steps, 4, [2], dilation_rate=2, use_bias=False)
    yield tf.layers.Conv1D(2, 3, padding="causal", dilation_rate=2)(steps)
    yield tf.layers.conv2d(images, 4, 3, activation=tf.nn.relu)
    yield tf.layers.conv2d(images, 4, (3, 2), (2, 3), "SAME", name="strided",
                           kernel_regularizer=l2)
    yield tf.layers.conv2d(images, 4, 2, dilation_rate=(2, 3))
    yield tf.layers.conv2d(images, 4, 3, dilation_rate=2, padding="same")
    yield tf.layers.conv3d(volumes, 3, 2, activation=tf.tanh)
    yield tf.layers.conv3d(volumes, 3, [1, 2, 3], strides=(1, 2, 2), padding="same")
    yield tf.layers.conv2d_transpose(images, 4, 3)
    yield tf.layers.conv2d_transpose(images, 4, (2, 4), (3, 2), "same",
                                     activation=tf.sigmoid, use_bias=False)
    yield tf.layers.conv2d_transpose(images, 2, 2, strides=3)
    yield tf.layers.conv3d_transpose(volumes, 3, 2, strides=2)
    yield tf.layers.conv3d_transpose(volumes, 3, 3, (1, 2, 1), padding="same")
    yield tf.layers.separable_conv1d(steps, 4, 3, depth_multiplier=2)
    yield tf.layers.separable_conv1d(steps, 4, 3, strides=2, padding="same",
                                     pointwise_regularizer=l2)
    yield tf.layers.separable_conv1d(steps, 4, 3, padding="causal", dilation_rate=2)
    yield tf.layers.separable_conv2d(images, 4, 3, activation=tf.nn.selu,
                                     depthwise_regularizer=l2)
    yield tf.layers.separable_conv2d(images, 4, 3, strides=2, padding="same",
                                     depth_multiplier=2)
    yield tf.layers.separable_conv2d(images, 4, 2, dilation_rate=2)


def pools():
    for padding in "valid", "same":
        yield tf.layers.max_pooling1d(steps, 3, 2, padding)
        yield tf.layers.average_pooling1d(steps, 2, 2, padding)
        yield tf.layers.max_pooling2d(images, (2, 3), 2, padding)
        yield tf.layers.average_pooling2d(images, 3, (2, 1), padding=padding)
        yield tf.layers.max_pooling3d(volumes, 2, 2, padding)
        yield tf.layers.average_pooling3d(volumes, [1, 2, 3], 2, padding)
    yield tf.layers.MaxPooling2D(2, 2, name="pool")(images)
    yield tf.layers.flatten(images)
    yield tf.layers.flatten(images, data_format="channels_first")
    yield tf.layers.Flatten()(rows)
    yield tf.layers.dropout(rows)
    yield tf.layers.dropout(rows, 0.3, seed=3, training=True)
    yield tf.layers.dropout(images, 0.4, [2, 1, 1, 3], 5, training=training)


def normalizations():
    normalize = tf.layers.batch_normalization
    yield normalize(rows, training=True)
    yield normalize(rows, training=training, momentum=0.9, epsilon=0.1)
    yield normalize(rows, center=False, gamma_regularizer=l2)
    yield normalize(images, training=True, momentum=0.5)
    yield normalize(images, training=training, scale=False, name="norm")
    yield normalize(images, name="norm", scale=False, reuse=True)
    yield normalize(images, axis=1, training=True, fused=False)
    yield normalize(images, axis=[1, 3], training=training)
    yield normalize(images, fused=False, training=True,
                    moving_variance_initializer=tf.zeros_initializer())
    yield normalize(volumes, training=True, trainable=False)
    layer = tf.layers.BatchNormalization(momentum=0.8)
    yield layer(steps, training=True)
    yield layer(steps * 2., training=True)


class Cell(tf.nn.rnn_cell.RNNCell):
    """A cell as users write them."""

    def __init__(self, size):
        super().__init__()
        self._size = size

    @property
    def state_size(self):
        return self._size

    @property
    def output_size(self):
        return 2

    def call(self, inputs, state):
        scale = tf.get_variable("scale", [self._size])
        state = tf.layers.dense(tf.concat([inputs, state], 1), self._size, tf.tanh)
        return tf.layers.dense(state * scale, 2), state


class OldCell(Cell):
    """A cell of the first releases."""

    def __call__(self, inputs, state, scope=None):
        with tf.variable_scope(scope or "old_cell"):
            return self.call(inputs, state)


def cells():
    cell = tf.nn.rnn_cell
    yield cell.BasicRNNCell(4)
    yield cell.BasicRNNCell(4, activation=tf.nn.relu, name="relu_cell")
    yield cell.GRUCell(4)
    yield cell.GRUCell(3, kernel_initializer=tf.ones_initializer(),
                       bias_initializer=tf.constant_initializer(0.2))
    yield cell.BasicLSTMCell(4, forget_bias=0.5)
    yield cell.BasicLSTMCell(4, state_is_tuple=False)
    yield cell.LSTMCell(4)
    yield cell.LSTMCell(4, use_peepholes=True, cell_clip=0.1, num_proj=3,
                        proj_clip=0.05, initializer=tf.random_uniform_initializer())
    yield cell.LSTMCell(3, num_proj=2, state_is_tuple=False, activation=tf.nn.relu)
    yield cell.MultiRNNCell([cell.GRUCell(3), cell.BasicLSTMCell(2)])
    yield cell.MultiRNNCell([cell.GRUCell(3), cell.GRUCell(2)], state_is_tuple=False)
    yield cell.DropoutWrapper(cell.LSTMCell(3), input_keep_prob=0.999999)
    yield cell.ResidualWrapper(cell.GRUCell(3))
    yield cell.DeviceWrapper(cell.BasicRNNCell(3), "/cpu:0")
    yield cell.MultiRNNCell([cell.ResidualWrapper(cell.DropoutWrapper(
        cell.GRUCell(3), output_keep_prob=training_keep)) for _ in range(2)])
    yield Cell(4)
    yield OldCell(3)


def recurrent():
    for number, cell in enumerate(cells()):
        outputs, state = tf.nn.dynamic_rnn(
            cell, steps, [7, 4], dtype=tf.float32, scope="dynamic_%d" % number)
        yield tf.concat([outputs[:, -1]] + tf.nest.flatten(state), 1)
    cell = tf.nn.rnn_cell.LSTMCell
    outputs, state = tf.nn.static_rnn(
        cell(3), tf.unstack(steps, axis=1), dtype=tf.float32)
    yield tf.concat(outputs + list(state), 1)
    outputs, forward, backward = tf.nn.static_bidirectional_rnn(
        cell(3), cell(2), tf.unstack(steps, axis=1), dtype=tf.float32)
    yield tf.concat(outputs + list(forward) + list(backward), 1)
    outputs, state = tf.nn.bidirectional_dynamic_rnn(
        cell(3), cell(2), steps, [7, 3], dtype=tf.float32, scope="both")
    yield tf.concat(outputs, 2)
    yield tf.concat([state[0].c, state[0].h, state[1].c, state[1].h], 1)
    yield raw()
    shared = tf.nn.rnn_cell.GRUCell(3)
    state = shared.zero_state(2, tf.float32)
    for step in range(3):
        with tf.variable_scope("loop", reuse=step > 0):
            output, state = shared(steps[:, step], state)
    yield output
    yield shared(steps[:, 3], state)[0]
    state = tf.nn.rnn_cell.LSTMCell(3, name="given")(
        rows[:, :3], tf.nn.rnn_cell.LSTMCell(3).zero_state(tf.shape(rows)[0],
                                                          tf.float32),
        scope="a_scope")[1]
    yield tf.concat([state.c, state.h], 1)


def raw():
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    inputs = tf.TensorArray(tf.float32, 7).unstack(tf.transpose(steps, [1, 0, 2]))

    def step(time, output, state, loop_state):
        if output is None:
            state = cell.zero_state(2, tf.float32)
        finished = tf.fill([2], time >= 7)
        return (finished, tf.cond(time >= 7, lambda: tf.zeros([2, 3]),
                                  lambda: inputs.read(time)), state, output, None)

    outputs, state, _ = tf.nn.raw_rnn(cell, step)
    return tf.concat([outputs.stack()[-1], state.c, state.h], 1)


training_keep = tf.placeholder_with_default(1., [])
outputs = []
for part in fully_connected, convolutions, pools, normalizations, recurrent:
    with tf.variable_scope(part.__name__):
        outputs += [(part.__name__, y) for y in part()]

losses = tf.losses.get_regularization_losses()
updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
cost = tf.add_n([tf.reduce_sum(tf.cos(tf.cast(y, tf.float32))) for _, y in outputs]
                + losses)
trained = tf.trainable_variables()
gradients = tf.gradients(cost, trained)


def checked(x):
    """One number that depends on all elements of `x`."""
    x = tf.cast(x, tf.float32)
    return tf.reduce_sum(x * wave(*x.shape.as_list()))


values = [("{} {} {}".format(name, number, y.shape), checked(tf.cos(tf.cast(
    y, tf.float32)))) for number, (name, y) in enumerate(outputs)]
values += [("gradient " + v.op.name, checked(g)) for v, g in zip(trained, gradients)]
values += [("loss {}".format(number), loss) for number, loss in enumerate(losses)]
moving = [v for v in tf.global_variables() if "moving" in v.op.name]
moved = [("moved " + v.op.name, checked(v)) for v in moving]
saver = tf.train.Saver()
# Initial values, from many: bounds and variance; with a seed the values.
with tf.variable_scope("initial"):
    large = tf.layers.Conv2D(60, 5)
    large(tf.zeros([1, 8, 8, 40]))
    seeded = tf.layers.Dense(9, kernel_initializer=tf.glorot_uniform_initializer(3))
    seeded(rows)
    values.append(("seeded", checked(seeded.kernel)))
    cell = tf.nn.rnn_cell.LSTMCell(60)
    cell(tf.zeros([1, 40]), cell.zero_state(1, tf.float32))
initial = tf.global_variables("initial")


def report_all(sess, named):
    for (name, _), value in zip(named, sess.run([x for _, x in named])):
        report(name, value)


with tf.Session() as sess:
    if sys.argv[1:] == ["write"]:
        set_weights(sess)
        saver.save(sess, CHECKPOINT, write_meta_graph=False, write_state=False)
        sys.exit()
    saver.restore(sess, CHECKPOINT)
    sess.run(tf.variables_initializer(initial))
    for v in tf.global_variables():
        report("variable {} {} {} {}".format(
            v.op.name, v.shape, v.dtype.base_dtype.name, v in trained), 1)
    report_all(sess, values)
    for update in updates:
        report("update " + "/".join(update.name.split("/")[:2]), 1)
        sess.run(update)  # in turn: a layer that is called twice has two for a variable
    report_all(sess, moved)
    for layer, n in (large, 25 * 100), (cell, 100 + 240):
        kernel, bias = sess.run(layer.weights)
        bound = np.sqrt(6. / n)
        report("within bounds", 0.999 * bound < np.abs(kernel).max() <= bound)
        report("mean", abs(kernel.mean()) < 4. * bound / np.sqrt(3. * kernel.size))
        report("variance", abs(kernel.var() / (2. / n) - 1.) < 0.03)
        report("bias", abs(bias).max())
