"""`tensorflow.contrib` under `python -m zhusuan.tf1`, compared with that of 1.15.

One program runs on both TensorFlows, each number from a closed form or NumPy; the last
test compares the table of aliases with the objects of 1.15.
"""
import importlib

import pytest
from tf1_program import ON_TF1, PACKAGE, run_by_tf1

NUMBERS = """
import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn, seq2seq, framework
from tensorflow.contrib.rnn import BasicLSTMCell, static_rnn
from tensorflow.contrib.distributions import percentile
import tensorflow.contrib.losses as losses
import tensorflow.contrib.rnn.python.ops.core_rnn_cell
from tensorflow.contrib.framework.python.ops import arg_scope, variables
import tensorflow.contrib.framework.python.ops.arg_scope as scopes
from tensorflow.contrib.training.python.training import hparam

pairs = []

def near(given, wanted):
    pairs.append((given, wanted))

def check():
    for (_, wanted), value in zip(pairs, run([given for given, _ in pairs])):
        np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-6)
    del pairs[:]

def run(x):
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return sess.run(x)

def raises(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError("nothing was raised")

# Percentiles: elements of the sorted array, at positions that NumPy computes too.
rng = np.random.RandomState(1)
x = rng.randn(3, 4, 6).astype("float32")
def numpy_percentile(x, q, axis, kind, keep):
    try:
        return np.percentile(x, q, axis=axis, method=kind, keepdims=keep)
    except TypeError:
        return np.percentile(x, q, axis=axis, interpolation=kind, keepdims=keep)
for axis in None, 0, -1, [0, 2], (1, -1):
    for kind in "lower", "higher", "nearest":
        for keep in False, True:
            for q in 0, 13., 37.2, 100:
                near(percentile(x, q, axis, kind, keep), numpy_percentile(
                    x, q, tuple(axis) if isinstance(axis, list) else axis, kind, keep))
near(percentile([3, 1, 2], 40.), 2)
near(percentile([[3, 1, 2]], 40., axis=1, keep_dims=True), [[2]])
assert percentile(tf.placeholder(tf.float32, [None, 3]), 50., 0).shape.as_list() == [3]
near(percentile(tf.placeholder_with_default(x, [None, 4, None]), 30., 0),
     numpy_percentile(x, 30., 0, "nearest", False))
assert "linear" in raises(ValueError, percentile, x, 50., interpolation="linear")
raises(Exception, lambda: run(percentile(x, 101., validate_args=True)))

check()

# Moving variances: unbiased where 1.15 takes its fused op. There rows have beta first.
for shape, fused in [([6, 3], None), ([6, 3], False), ([2, 4, 3], None),
                     ([2, 2, 4, 3], True), ([2, 2, 4, 3], False)]:
    tf.reset_default_graph()
    rows = np.random.RandomState(2).randn(*shape).astype("float32")
    tf.contrib.layers.batch_norm(tf.constant(rows), 0.5, scale=True, fused=fused)
    is_fused = len(shape) != 3 and fused is not False
    trained = [v.op.name for v in tf.trainable_variables()]
    order = 1 if is_fused and len(shape) == 2 else -1
    assert trained == ["BatchNorm/beta", "BatchNorm/gamma"][::order]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        moved, = sess.run(framework.get_variables_by_suffix("moving_variance"))
    variance = rows.reshape(-1, 3).var(axis=0, ddof=int(is_fused))
    np.testing.assert_allclose(moved, 0.5 + 0.5 * variance, rtol=1e-5)
tf.reset_default_graph()

# The loss of sequences: a weighted mean of minus the log softmax.
logits, targets = rng.randn(2, 3, 5).astype("float32"), rng.randint(0, 5, (2, 3))
weights = np.array([[1., 2., 0.], [0., 3., 4.]], "float32")
log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
each = -np.take_along_axis(log_p, targets[..., None], 2)[..., 0] * weights
args = [tf.constant(a) for a in (logits, targets, weights)]
loss = seq2seq.sequence_loss
near(loss(*args), each.sum() / weights.sum())
near(loss(*args, average_across_timesteps=False), each.sum(0) / weights.sum(0))
near(loss(*args, average_across_batch=False), each.sum(1) / weights.sum(1))
off = dict(average_across_timesteps=False, average_across_batch=False)
near(loss(*args, **off), each)
near(loss(*args, sum_over_timesteps=True, sum_over_batch=True, **off), each.sum() / 4)
near(loss(*args, sum_over_timesteps=True, **off), each.sum(1) / [2, 2])
near(loss(*args, sum_over_batch=True, **off), each.sum(0) / [1, 2, 1])
near(loss(*args, softmax_loss_function=(
    lambda labels, logits: tf.cast(labels, tf.float32))),
     (targets * weights).sum() / weights.sum())
raises(ValueError, loss, args[0][0], *args[1:])
raises(ValueError, loss, *args, sum_over_batch=True)

# Losses and metrics: the predictions come first.
p_, y_ = np.array([[0.2, 0.9]], "float32"), np.array([[0., 1.]], "float32")
p, y, rows = tf.constant(p_), tf.constant(y_), tf.constant(logits[0])
near(losses.mean_squared_error(p, y), ((p_ - y_) ** 2).mean())
near(losses.log_loss(p, labels=y), -np.log([0.8, 0.9]).mean())
near(losses.absolute_difference(labels=y, predictions=p), np.abs(p_ - y_).mean())
near(losses.softmax_cross_entropy(rows, tf.one_hot(targets[0], 5)),
     -np.take_along_axis(log_p[0], targets[0][:, None], 1).mean())
near(losses.sparse_softmax_cross_entropy(rows, tf.constant(targets[0]), 2.),
     -2 * np.take_along_axis(log_p[0], targets[0][:, None], 1).mean())
near(losses.sigmoid_cross_entropy(p, y), np.log1p(np.exp(np.where(y_, -p_, p_))).mean())
near(losses.hinge_loss(p, y), np.maximum(0, 1 - (2 * y_ - 1) * p_))
near(tf.contrib.metrics.streaming_accuracy([1., 2., 3.], [1., 2., 4.])[1], 2 / 3.)
near(tf.contrib.metrics.streaming_precision([1, 1, 0], [1, 0, 1])[1], 0.5)
near(tf.contrib.metrics.streaming_mean([1., 3.], [1., 3.])[1], 2.5)

# Cells are those of tf.nn, and a transposed convolution has its closed form.
assert BasicLSTMCell is tf.nn.rnn_cell.BasicLSTMCell
assert static_rnn is tf.nn.static_rnn
cells = rnn.MultiRNNCell([rnn.DropoutWrapper(BasicLSTMCell(3)), rnn.GRUCell(2)])
assert issubclass(BasicLSTMCell, rnn.RNNCell) and rnn.LSTMStateTuple(1, 2).h == 2
outputs, state = static_rnn(cells, [tf.zeros([2, 4])] * 3, dtype=tf.float32)
assert len(outputs) == 3 and isinstance(state[0], rnn.LSTMStateTuple)
outputs, _, _ = rnn.static_bidirectional_rnn(
    rnn.LSTMCell(2), rnn.LSTMCell(2), [tf.zeros([2, 4])] * 3, dtype=tf.float32)
assert run(outputs[0]).shape == (2, 4)
near(tf.contrib.nn.conv1d_transpose(
    np.float32([[[1.], [2.]]]), np.float32([[[1.]], [[10.]]]), [1, 4, 1], 2, "VALID"),
     [[[1.], [10.], [2.], [20.]]])

# Variables.
check()
tf.reset_default_graph()
with tf.variable_scope("a"):
    l2 = tf.contrib.layers.l2_regularizer(1.)
    v = framework.model_variable("w", [2], regularizer=l2)
    u = framework.variable("u", initializer=tf.zeros([2]), trainable=False)
    framework.add_model_variable(u)
    framework.add_model_variable(u)
with tf.variable_scope("b"):
    tf.get_variable("w", [2])
    assert framework.get_name_scope() == "b"
local = framework.local_variable(3., name="c")
assert framework.get_model_variables() == [v, u]
assert [x.op.name for x in framework.get_variables("a")] == ["a/w", "a/u"]
assert [x.op.name for x in framework.get_variables_by_suffix("w")] == ["a/w", "b/w"]
assert [x.op.name for x in framework.get_variables(suffix="w:0")] == ["a/w", "b/w"]
assert [x.op.name for x in framework.get_variables_by_name("u")] == ["a/u"]
assert [x.op.name for x in framework.get_trainable_variables()] == ["a/w", "b/w"]
assert framework.get_local_variables() == [local]
assert framework.get_unique_variable("a/w") is v
raises(ValueError, framework.get_unique_variable, "a")
assert framework.get_variable_full_name(v) == "a/w"
assert framework.get_variables_to_restore(exclude=["b"]) == [v, u]
assert framework.get_variables_to_restore(include=["a/u"]) == [u]
raises(TypeError, framework.get_variables_to_restore, include="a")
every = tf.global_variables()
assert [x.op.name for x in framework.filter_variables(every, ["w"], ["b/"])] == ["a/w"]
assert framework.filter_variables(every, ["w"], reg_search=False) == []
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    op, feed = framework.assign_from_values({"a/w": np.array([1., 2.])})
    sess.run(op, feed)
    framework.assign_from_values_fn({"a/u": np.array([[3., 4.]])})(sess)
    assert sess.run(v).tolist() == [1, 2] and sess.run(u).tolist() == [3, 4]
    path = tf.train.Saver([v]).save(sess, sys.argv[1] + "/model")
    sess.run(tf.global_variables_initializer())
    framework.assign_from_checkpoint_fn(path, [v, u], ignore_missing_vars=True)(sess)
    assert sess.run(v).tolist() == [1, 2]
    framework.assign_from_checkpoint_fn(path, {"a/w": u})(sess)
    assert sess.run(u).tolist() == [1, 2]
raises(ValueError, framework.assign_from_checkpoint_fn, path, [])
one = tf.constant(1.)
near(framework.smart_cond(tf.constant(True), lambda: one, lambda: 2 * one), 1.)
no = tf.placeholder_with_default(False, [])
near(framework.smart_cond(no, lambda: one, lambda: 2 * one), 2.)
check()
assert framework.assert_or_get_global_step() is None
step = framework.get_or_create_global_step()
assert framework.assert_or_get_global_step() is step is framework.get_global_step()
assert framework.nest.flatten([1, (2, [3])]) == [1, 2, 3]
assert arg_scope is framework.arg_scope
assert hparam.HParams is tf.contrib.training.HParams
print("finished")
"""


def test_numbers_are_closed_forms_on_both_tensorflows(tmp_path):
    done = run_by_tf1(tmp_path, "import sys\n" + NUMBERS, tmp_path)
    assert (done.returncode, done.stdout) == (0, "finished\n"), done.stderr


@pytest.mark.skipif(ON_TF1, reason="TensorFlow 1.15 has all of tf.contrib")
def test_parts_are_importable_and_raise_when_used(tmp_path):
    done = run_by_tf1(tmp_path, """
        import importlib
        import sys
        import tensorflow as tf
        import tensorflow.contrib.eager as tfe
        import tensorflow.contrib.slim.nets as nets
        from tensorflow.contrib import crf, eager, slim, timeseries
        import tensorflow.contrib.seq2seq.python.ops.attention_wrapper as attention
        from tensorflow.contrib.seq2seq.python.ops import helper
        from tensorflow.contrib.layers.python.layers import utils
        assert tfe is eager is tf.contrib.eager

        def message(kind, code):
            try:
                exec(code)
            except kind as error:
                text = str(error)
                assert "unknown location" not in text
                assert "python -m zhusuan.tf1" in text and "1.15" in text
                return text
            raise AssertionError(code)

        for code, name in [
                ("tfe.Variable(1.)", "eager.Variable"),
                ("crf.crf_log_likelihood()", "crf.crf_log_likelihood"),
                ("class Model(tfe.Network): pass", "eager.Network"),
                ("attention.AttentionWrapper", "attention_wrapper.AttentionWrapper"),
                ("helper()", "ops.helper"),
                ("class Helper(helper): pass", "ops.helper"),
                ("utils.collect_named_outputs()", "utils.collect_named_outputs"),
                ("nets.vgg()", "nets.vgg"),
                ("tf.contrib.layers.instance_norm", "layers.instance_norm"),
                ("tf.contrib.rnn.NASCell(3)", "rnn.NASCell"),
                ("tf.contrib.nothing", "contrib.nothing")]:
            assert name in message(AttributeError, code), code
        for code, name in [
                ("from tensorflow.contrib.framework import X", "framework.X"),
                ("from tensorflow.contrib.layers import instance_norm", "norm"),
                ("from tensorflow.contrib.eager import Variable", "eager.Variable"),
                ("from tensorflow.contrib.rnn import NASCell", "rnn.NASCell"),
                ("from tensorflow.contrib import nothing", "contrib.nothing"),
                ("import tensorflow.contrib.nothing", "contrib.nothing")]:
            assert name in message(ImportError, code), code
        assert "tf.keras.layers.RNN" in message(
            AttributeError, "tf.contrib.seq2seq.BasicDecoder")
        assert "tf.data" in message(
            AttributeError, "tf.contrib.training.batch_sequences")
        assert not hasattr(tfe, "Variable") and getattr(slim, "nothing", 5) == 5
        assert not hasattr(tf.contrib.rnn, "__wrapped__")

        def text_of(kind, function):
            try:
                function()
            except kind as error:
                return str(error)
            raise AssertionError("nothing was raised")

        sys.modules["tensorflow_probability"] = None
        contrib = tf.contrib.distributions
        assert contrib.Normal is tf.distributions.Normal
        text = text_of(ImportError, lambda: contrib.MultivariateNormalDiag)
        assert "install tensorflow_probability" in text
        assert "zhusuan.distributions" in text
        assert "(import of tensorflow_probability halted; None in sys.modules)" in text

        def fail(name):
            raise ImportError(
                "It requires 2.21; 2.16 is installed. Upgrade TensorFlow.\\nMore.")

        load, importlib.import_module = importlib.import_module, fail
        assert "cannot be imported (It requires 2.21; 2.16 is installed). I" in (
            text_of(ImportError, lambda: contrib.MultivariateNormalDiag))
        importlib.import_module = load
        assert "renorm" in text_of(NotImplementedError, lambda: (
            tf.contrib.layers.batch_norm(tf.zeros([2, 3]), renorm=True)))
        assert "set_shape" in text_of(ValueError, lambda: (
            tf.contrib.layers.linear(tf.placeholder(tf.float32, [2, None]), 3)))
        assert "predictions, labels" in text_of(TypeError, lambda: (
            tf.contrib.losses.mean_squared_error(1, 2, 3, 4, 5, 6)))
        print("finished")
        """)
    assert (done.returncode, done.stdout) == (0, "finished\n"), done.stderr


TABLES = """
import importlib, operator, runpy, sys
import tensorflow as tf
from zhusuan._tf.versions import IS_TF1
from zhusuan.tf1._contrib.aliases import ALIASES
from zhusuan.tf1._contrib.contrib_modules import REPLACEMENTS
from zhusuan.tf1._moved_names import MOVED_NAMES
from zhusuan.tf1._name_supply import find_object

# 1.15 has functions around those of the API here, not the same object.
WRAPPED = {"data", "keras", "lookup"}
for part, names in ALIASES.items():
    module = importlib.import_module("tensorflow.contrib." + part)
    for name, path in names.items():
        twin = operator.attrgetter(path)(tf)
        if IS_TF1 and part not in WRAPPED and (
                path.split(".")[0] not in ("train", "nest")):
            assert getattr(module, name) is twin, (part, name)
        assert hasattr(module, name), (part, name)
    assert set(names) <= set(dir(module)), part
for part in REPLACEMENTS:
    if not IS_TF1:
        importlib.import_module("tensorflow.contrib." + part)

for module, name, path in MOVED_NAMES:
    if name != "*":
        old = getattr(importlib.import_module(module), name)
        assert IS_TF1 or old is not None
    if not IS_TF1:
        find_object(path)
tool = runpy.run_path(sys.argv[1])
assert tool["PAGE"].read_bytes() == tool["page"]().encode(), (
    "run python tools/make_old_scripts_page.py")
if IS_TF1:
    sys.exit()
from tensorflow.python.ops.parallel_for import jacobian, batch_jacobian
import tensorflow.python.ops.parallel_for.gradients as gradients
from tensorflow.python.ops import array_ops, control_flow_ops, variables
from tensorflow.python.framework.ops import Tensor
from tensorflow.python.layers import normalization
from tensorflow.python.keras.datasets.mnist import load_data
from tensorflow.python.training.tracking import base
from tensorflow.python.pywrap_tensorflow import NewCheckpointReader
x = tf.placeholder(tf.float32, [2, 3])
assert jacobian is gradients.jacobian
assert batch_jacobian(x ** 2, x).shape.as_list() == [2, 3, 3]
assert isinstance(x, Tensor) and isinstance(tf.Variable(1.), variables.Variable)
assert control_flow_ops.while_loop is tf.while_loop and array_ops.stack is tf.stack
assert normalization.BatchNormalization is tf.layers.BatchNormalization
try:
    from tensorflow.python.ops.parallel_for import nothing
except ImportError as error:
    assert "nothing" in str(error)
else:
    raise AssertionError
"""


def test_tables_lead_to_objects_and_are_those_of_the_page(tmp_path):
    """On 1.15 the names are those of 1.15; on 2 each of them leads to an object."""
    tool = PACKAGE.parent / "tools" / "make_old_scripts_page.py"
    done = run_by_tf1(tmp_path, TABLES, tool)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not ON_TF1, reason="compares with 1.15's tf.contrib")
def test_provided_names_exist_in_tensorflow_1_15():
    contrib = importlib.import_module("tensorflow").contrib
    provided = importlib.import_module("zhusuan.tf1._contrib").PROVIDED
    for part, names in provided.items():
        module = contrib
        for name in part.split("."):
            module = getattr(module, name)
        missing = [name for name in names if not hasattr(module, name)]
        assert not missing, part
