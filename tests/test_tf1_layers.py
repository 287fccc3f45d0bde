"""`tf.layers` and `tf.nn.rnn_cell` of `zhusuan.tf1`, beside those of TensorFlow 1.15.

Importing `zhusuan.tf1` changes the whole program, so programs run in interpreters of
their own.
"""
import functools
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import tensorflow.compat.v2 as tf

FOLDER = Path(__file__).resolve().parent
OLD = FOLDER / "old_scripts"
ON_TF1 = tf.__version__.startswith("1.")
PRELUDE = """
import sys
if {without_keras}:
    sys.modules["tf_keras"] = None
    import importlib.util
    found = importlib.util.find_spec
    importlib.util.find_spec = lambda name, *args: (
        None if name == "tf_keras" else found(name, *args))
import numpy as np
import zhusuan.tf1 as tf
tf.logging.set_verbosity(tf.logging.ERROR)

def message(kind, code):
    try:
        exec(code)
    except kind as error:
        return str(error)
    raise AssertionError(code)

x = tf.placeholder_with_default(np.cos(np.arange(15.)).reshape(3, 5).astype("f"),
                                [None, 5])
"""


def python(*arguments):
    env = dict(os.environ, PYTHONPATH=str(FOLDER.parent), TF_CPP_MIN_LOG_LEVEL="3")
    env.pop("TF_USE_LEGACY_KERAS", None)
    done = subprocess.run([sys.executable] + [str(a) for a in arguments], env=env,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(body, without_keras=True):
    program = PRELUDE.format(without_keras=without_keras and not ON_TF1)
    out = python("-c", program + textwrap.dedent(body) + "\nprint('finished')")
    assert out.endswith("finished\n")


@pytest.mark.slow
def test_all_layers_give_the_numbers_of_tensorflow_1_from_its_checkpoint():
    """layers_tf1_results.txt is the output of plain `python` on TensorFlow 1.15."""
    runner = [] if ON_TF1 else ["-m", "zhusuan.tf1"]
    out = python(*runner + [OLD / "layers_tf1.py"])
    given = [line[len("RESULT "):].rsplit(" ", 1) for line in out.splitlines()
             if line.startswith("RESULT ")]
    text = (OLD / "layers_tf1_results.txt").read_text(encoding="utf-8")
    wanted = [line.rsplit(" ", 1) for line in text.splitlines()]
    assert [name for name, _ in given] == [name for name, _ in wanted]
    for (name, value), (_, want) in zip(given, wanted):
        # The values are sums of up to 2000 terms of both signs in float32.
        assert float(value) == pytest.approx(float(want), rel=1e-5, abs=1e-5), name


PROGRAMS = [
    "reuse_shares_variables_and_adds_no_losses",
    "layers_of_users_work",
    "partitioners_and_resource_variables_work",
    "dropout_keeps_the_rate_and_the_mean",
    "errors_name_the_layer_and_what_is_expected",
    "kernels_of_size_one_with_strides_match_numpy",
]
OURS = ["errors_name_the_layer_and_what_is_expected"]


@functools.lru_cache(None)
def outcomes():
    """Tracebacks, or None, by program: one interpreter runs them all."""
    out = python(FOLDER / "tf1_layers_programs.py", *PROGRAMS)
    return json.loads(out.splitlines()[-1])


@pytest.mark.parametrize("program", PROGRAMS)
def test_layers(program):
    if ON_TF1 and program in OURS:
        pytest.skip("TensorFlow 1.15 has errors of its own")
    assert outcomes()[program] is None


@pytest.mark.skipif(ON_TF1, reason="TensorFlow 1.15 has its own tf.keras")
def test_keras_is_required_only_where_it_is_used():
    run("""
    assert tf.layers.dense(x, 3).shape[1].value == 3
    for code in ("tf.keras.layers.Dense(3)", "import zhusuan.tf1.keras.layers",
                 "from zhusuan.tf1.keras import layers"):
        assert 'pip install "tf_keras~=2.' in message(ImportError, code)
    assert "TF_USE_LEGACY_KERAS" not in __import__("os").environ
    """)


@pytest.mark.skipif(ON_TF1, reason="on TensorFlow 2")
def test_layers_accept_keras_objects():
    pytest.importorskip("tf_keras")
    run("""
    y = tf.layers.dense(x, 3, tf.keras.activations.tanh,
                        kernel_regularizer=tf.keras.regularizers.l2(2.),
                        kernel_initializer=tf.keras.initializers.Constant(0.5))
    z = tf.keras.layers.Dense(2)(y)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(tf.losses.get_regularization_loss()) == 2. * 15 * 0.25
        sess.run(z)
    """, without_keras=False)
