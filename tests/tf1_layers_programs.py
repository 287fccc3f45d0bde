"""Programs on `tf.layers` and `tf.nn.rnn_cell`, run by test_tf1_layers.py.

Each function builds a graph of its own, in an interpreter that has imported
zhusuan.tf1, and raises if an expectation does not hold.
"""
import json
import sys
import traceback

import numpy as np

import zhusuan.tf1 as tf


def message(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError("nothing was raised")


def names(collection="variables"):
    return [v.op.name for v in tf.get_collection(collection)]


def rows():
    return tf.placeholder_with_default(
        np.cos(np.arange(15.)).reshape(3, 5).astype("f"), [None, 5])



def reuse_shares_variables_and_adds_no_losses():
    x = rows()

    def l2(w):
        return tf.reduce_sum(tf.square(w))

    def net(x, reuse=None):
        with tf.variable_scope("net", reuse=reuse):
            x = tf.layers.dense(x, 4, tf.nn.relu, kernel_regularizer=l2)
            return tf.layers.dense(x, 3, name="top", bias_regularizer=l2)

    net(x)
    y = net(x, reuse=True)
    assert y.op.name == "net_1/top/BiasAdd"
    wanted = ["net/dense/kernel", "net/dense/bias", "net/top/kernel", "net/top/bias"]
    assert names() == names("trainable_variables") == wanted
    assert len(tf.losses.get_regularization_losses()) == 2
    text = message(ValueError, net, x)
    assert "already exists" in text
    text = message(ValueError, tf.layers.dense, x, 3, name="new", reuse=True)
    assert "does not exist" in text

    layer = tf.layers.Dense(5, name="layer")
    layer(layer(x))
    assert layer.scope_name == "layer" and layer.weights == [layer.kernel, layer.bias]
    assert tf.layers.Dense(5, name="layer")(x).op.name == "layer_1/BiasAdd"
    assert names()[4:] == ["layer/kernel", "layer/bias", "layer_1/kernel",
                           "layer_1/bias"]


def layers_of_users_work():
    x = rows()

    class Scale(tf.layers.Layer):
        def __init__(self, start, **kwargs):
            super().__init__(**kwargs)
            self.input_spec = tf.layers.InputSpec(ndim=2)
            self._start = start

        def build(self, input_shape):
            self.factor = self.add_variable(
                "factor", [input_shape[-1].value], initializer=self._start,
                constraint=lambda v: tf.clip_by_value(v, -1., 1.))
            self.built = True

        def call(self, inputs, add=0.):
            self.add_loss(tf.reduce_sum(inputs))
            return inputs * self.factor + add

    layer = Scale(tf.constant_initializer(2.), trainable=False)
    y = layer(x, add=1.)
    assert names() == ["scale/factor"] and names("trainable_variables") == []
    assert layer.non_trainable_variables == [layer.factor] and layer.dtype == "float32"
    assert tf.losses.get_regularization_losses() == layer.losses
    assert layer.count_params() == 5
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        given, inputs = sess.run([y, x])
    assert np.allclose(given, inputs * 2. + 1.)
    assert message(ValueError, layer, tf.zeros([2, 3, 4]))
    trained = Scale(tf.ones_initializer(), name="trained")
    y = trained(x)
    step = tf.train.GradientDescentOptimizer(1.).minimize(-tf.reduce_sum(y ** 2))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        assert np.allclose(sess.run(trained.factor), 1.)  # by the constraint


def partitioners_and_resource_variables_work():
    x = rows()
    with tf.variable_scope("parts", partitioner=tf.fixed_size_partitioner(2)):
        y = tf.layers.dense(x, 4, kernel_regularizer=tf.reduce_sum)
        z = tf.layers.batch_normalization(x, training=True)
    assert names()[:4] == ["parts/dense/kernel/part_0", "parts/dense/kernel/part_1",
                           "parts/dense/bias/part_0", "parts/dense/bias/part_1"]
    assert names()[-2:] == ["parts/batch_normalization/moving_mean",
                            "parts/batch_normalization/moving_variance"]
    assert len(tf.losses.get_regularization_losses()) == 2
    with tf.variable_scope("resource", use_resource=True):
        layer = tf.layers.BatchNormalization()
        layer(x, training=True)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    assert len(updates) == 4
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run([y, z] + updates)
        moved, inputs = sess.run([layer.moving_mean, x])
        assert np.allclose(moved, 0.01 * inputs.mean(0), atol=1e-6)


def dropout_keeps_the_rate_and_the_mean():
    """Of 10**6 elements the rate is within 5 sigma; 1 run in 10**6 fails."""
    x = rows()
    ones = tf.ones([1000, 1000])
    y = tf.layers.dropout(ones, 0.3, training=True)
    cell = tf.nn.rnn_cell.DropoutWrapper(
        tf.nn.rnn_cell.BasicRNNCell(1000, activation=lambda x: 0. * x + 1.),
        output_keep_prob=0.7, variational_recurrent=True, dtype=tf.float32)
    z, state = cell(ones, cell.zero_state(1000, tf.float32))
    lstm = tf.nn.rnn_cell.DropoutWrapper(
        tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(3)]), state_keep_prob=1e-6)
    _, (kept,) = lstm(x, lstm.zero_state(3, tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        y, z, state, kept = sess.run([y, z, state, kept])
    for value in np.unique(y), np.unique(z):
        assert np.allclose(value, [0., 1. / 0.7])
    assert abs((y == 0.).mean() - 0.3) < 5. * np.sqrt(0.21 / 1e6)
    assert (z == z[:1]).all() and state.min() == 1.  # one mask for all rows
    assert kept.c.all() and not kept.h.any()


def errors_name_the_layer_and_what_is_expected():
    x = rows()
    unknown = tf.placeholder(tf.float32, [2, None])
    assert "set_shape" in message(ValueError, tf.layers.dense, unknown, 3)
    assert "causal" in message(ValueError, tf.layers.conv1d, x, 3, 2, padding="full")
    text = message(ValueError, tf.layers.conv2d, x, 3, 2, data_format="NHWC")
    assert "channels_last" in text
    assert "expected 4 dimensions" in message(ValueError, tf.layers.conv2d, x, 3, 2)
    assert "expected 2 dimensions" in message(
        ValueError, tf.nn.rnn_cell.GRUCell(3), tf.zeros([2, 3, 4]), tf.zeros([2, 3]))
    text = message(ValueError, tf.layers.conv2d, x, 3, [2, 3, 4])
    assert "[2, 3, 4]" in text
    assert "relu" in message(ValueError, tf.layers.dense, x, 3, "rectified")
    assert "axis=7" in message(ValueError, tf.layers.batch_normalization, x, axis=7)
    assert "2.0" in message(ValueError, tf.nn.rnn_cell.DropoutWrapper,
                            tf.nn.rnn_cell.GRUCell(3), input_keep_prob=2.)


def kernels_of_size_one_with_strides_match_numpy():
    """Where TensorFlow 2.21's gradient for CPUs destroys memory."""
    images = tf.placeholder_with_default(
        np.sin(np.arange(3 * 12 * 12 * 2.)).reshape(3, 12, 12, 2).astype("f"),
        [None, None, None, 2])
    ends = [tf.layers.conv2d(images, 3, 1, strides=2, padding=padding,
                             kernel_initializer=tf.ones_initializer())
            for padding in ("same", "valid")]
    back = [tf.layers.conv2d_transpose(images, 3, (1, 2), strides=(2, 3),
                                       padding=padding,
                                       kernel_initializer=tf.ones_initializer())
            for padding in ("same", "valid")]
    loss = tf.add_n([tf.reduce_sum(y ** 2) for y in ends + back])
    gradients = tf.gradients(loss, tf.trainable_variables("conv2d") + [images])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(20):
            given, ends_, back_, x_ = sess.run([gradients, ends, back, images])
    total = x_.sum(-1)
    for y in ends_:
        assert np.allclose(y, total[:, ::2, ::2, None], atol=1e-5)
    wide = np.zeros([3, 24, 36], "f")
    wide[:, ::2, ::3] = wide[:, ::2, 1::3] = total
    for y in back_:
        assert y.shape == (3, 24, 36, 3)
        assert np.allclose(y, wide[..., None], atol=1e-5)
    seen = x_[:, ::2, ::2]
    wanted = 2. * np.einsum("bhwi,bhw->i", seen, seen.sum(-1))
    assert np.allclose(given[0][0, 0], wanted[:, None], rtol=1e-4)


def outcome(program):
    """None, or the traceback of what `program` raises."""
    try:
        with tf.Graph().as_default():
            program()
    except Exception:
        return traceback.format_exc()


if __name__ == "__main__":
    print(json.dumps({name: outcome(globals()[name]) for name in sys.argv[1:]}))
