"""`zhusuan.tf1` changes the whole program, so each case runs in its own interpreter.

Starting TensorFlow takes seconds: one interpreter walks through several situations
wherever a failed import, which changes nothing, leaves the way free for the next one.
"""
import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec

import pytest

# TensorFlow's own imports warn of things that are not ours; so does, later on, the
# mention of `collections` in 1.15.
PRELUDE = """
import os, sys, warnings
from importlib.util import find_spec
import tensorflow
import tensorflow.compat.v1 as v1
warnings.simplefilter("error")
warnings.filterwarnings("ignore", "Using or importing the ABCs", DeprecationWarning)
ON_TF1 = v1.__version__.startswith("1.")
HAS_KERAS = ON_TF1 or find_spec("tf_keras") is not None

def v2_parts():
    from tensorflow.python import tf2
    return [tf2.enabled(), v1.executing_eagerly(), v1.resource_variables_enabled(),
            v1.control_flow_v2_enabled(), isinstance(v1.TensorShape([2])[0], int)]

def state():
    return (dict(os.environ), v2_parts(), warnings.filters[:], v1.layers, v1.keras,
            "tf_keras" in sys.modules)

def error_of_import(kind):
    before = state()
    try:
        import zhusuan.tf1
    except kind as error:
        assert state() == before, "a failed import changed something"
        assert "zhusuan.tf1" not in sys.modules
        return str(error)
    raise AssertionError("nothing was raised")
"""


def run(body):
    root = os.path.dirname(os.path.dirname(find_spec("zhusuan").origin))
    env = dict(os.environ, PYTHONPATH=root, TF_CPP_MIN_LOG_LEVEL="3")
    env.pop("TF_USE_LEGACY_KERAS", None)
    program = PRELUDE + textwrap.dedent(body) + "\nprint('finished')"
    result = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("finished\n")
    return result


def test_import_zhusuan_changes_nothing_and_tf1_gives_the_tensorflow_1_api():
    run("""
    before = state()
    import zhusuan
    assert state() == before
    if not ON_TF1:
        assert tensorflow.executing_eagerly()
        assert tensorflow.keras.__version__.startswith("3.")
        # Keras 3 has been chosen by all of TensorFlow's lazy loaders by now.
        assert not hasattr(v1.layers, "dense")
        assert not hasattr(v1.nn.rnn_cell, "BasicLSTMCell")
        assert v1.keras.__version__.startswith("3.")

    import zhusuan.tf1 as tf
    assert not any(v2_parts())
    assert tf is (tensorflow if ON_TF1 else v1)
    assert ON_TF1 or not HAS_KERAS or os.environ["TF_USE_LEGACY_KERAS"] == "1"
    assert not ON_TF1 or tf.contrib

    from zhusuan import tf1
    from zhusuan.tf1 import layers
    import zhusuan.tf1.nn
    assert tf1 is tf and zhusuan.tf1 is tf and layers.dense is tf.layers.dense
    assert zhusuan.tf1.nn is tf.nn
    from zhusuan.tf1.layers import dense
    assert dense is tf.layers.dense
    del sys.modules["zhusuan.tf1"]
    import zhusuan.tf1 as again
    assert again is tf

    # Calls, with the warnings as errors, that scripts of 2018 make.
    x = tf.placeholder(tf.float32, [None, 8, 8, 2])
    h = tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu)
    h = tf.layers.conv2d_transpose(h, 4, 3)
    h = tf.layers.max_pooling2d(h, 2, 2)
    h = tf.layers.batch_normalization(h, training=True)
    h = tf.layers.dropout(tf.layers.flatten(h), training=True)
    penalty = tf.keras.regularizers.l2(1.) if HAS_KERAS else tf.nn.l2_loss
    share = tf.make_template("share", lambda h: tf.layers.dense(
        h, 3, kernel_regularizer=penalty))
    logits = share(h) + share(h)
    assert logits.shape[1].value == 3
    assert [v.name for v in tf.trainable_variables("share")] == [
        "share/dense/kernel:0", "share/dense/bias:0"]
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    outputs, _ = tf.nn.dynamic_rnn(cell, x[:, 0], dtype=tf.float32)
    w = tf.get_variable("w", [], initializer=tf.ones_initializer())
    loss = w * tf.reduce_sum(tf.log(tf.nn.softmax(logits))) + tf.reduce_sum(outputs)
    loss += tf.losses.get_regularization_loss()
    step = tf.train.AdamOptimizer(0.25).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        _, value = sess.run([step, loss], feed_dict={x: [[[[1., 2.]] * 8] * 8] * 5})
        assert value == value
        assert abs(abs(sess.run(w) - 1) - 0.25) < 1e-4  # Adam's first step is its rate
    """)


def test_comes_after_the_user_went_back_to_tensorflow_1_and_built_a_graph():
    run("""
    v1.disable_v2_behavior()
    v1.enable_resource_variables()
    x = v1.placeholder(v1.float32, [2, 3])
    v = v1.get_variable("v", [3])

    import zhusuan.tf1 as tf
    assert v1.resource_variables_enabled(), "a choice of the user's was undone"
    y = tf.layers.dense(x + v, 4)
    assert y.graph is x.graph
    """)


def test_import_names_the_obstacle_and_succeeds_without_it():
    result = run("""
    v1.enable_v2_behavior()  # 1.15 is off by default
    with v1.Graph().as_default():
        message = error_of_import(RuntimeError)
    assert "as_default" in message and "at the top of the script" in message

    v1.disable_eager_execution()
    v1.placeholder(v1.float32)
    message = error_of_import(RuntimeError)
    assert "1 operation" in message and "at the top of the script" in message
    v1.reset_default_graph()

    import zhusuan.tf1 as tf
    assert not any(v2_parts())
    tf.layers.dense(tf.placeholder(tf.float32, [2, 3]), 4)
    """)
    assert "non-resource variables" not in result.stderr


@pytest.mark.parametrize("culprit", [
    "v1.Variable(1.)",
    "tensorflow.function(lambda x: x).get_concrete_function(v1.TensorSpec([]))",
])
def test_import_raises_after(culprit):
    run(f"""
    v1.enable_v2_behavior()
    made = {culprit}
    message = error_of_import(RuntimeError)
    assert "eager runtime has started" in message
    assert "at the top of the script" in message
    assert v1.executing_eagerly()
    """)
