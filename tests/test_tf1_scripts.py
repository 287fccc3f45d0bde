"""`python -m zhusuan.tf1 SCRIPT` runs scripts for TensorFlow 1 as they are."""
import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import tensorflow.compat.v2 as tf

FOLDER = Path(__file__).resolve().parent
PACKAGE = FOLDER.parent / "zhusuan"
ON_TF1 = tf.__version__.startswith("1.")

# Runs a script by `run_script` alone, without TensorFlow, whose import takes seconds.
BARE = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("run_script", {!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.run_script(sys.argv[1], sys.argv[2:])
""".format(str(PACKAGE / "tf1" / "_script.py"))


def python(*arguments, **options):
    env = dict(os.environ, PYTHONPATH=str(FOLDER.parent), TF_CPP_MIN_LOG_LEVEL="3")
    env.pop("TF_USE_LEGACY_KERAS", None)
    return subprocess.run([sys.executable] + [str(a) for a in arguments], env=env,
                          capture_output=True, text=True, **options)


FACTS = '''
"""A script."""
import os, pickle, sys
import beside
class Row:
    pass
import __main__
assert __main__.Row is Row and __name__ == "__main__"
assert isinstance(pickle.loads(pickle.dumps(Row())), Row)
print(sys.argv, __file__, __doc__, __spec__, __package__, __builtins__, sys.path[0])
print(beside.__file__, sorted(vars(__main__)))
def fail():
    {}
fail()
'''
ENDINGS = {
    "returns": "pass",
    "raises": "raise ValueError('a value')",
    "raises in another file": "beside.fail()",
    "raises from a cause": "\n".join([
        "try:", "        1 / 0", "    except ZeroDivisionError as error:",
        "        raise KeyError('x') from error"]),
    "exits with a code": "sys.exit(7)",
    "exits with a text": "sys.exit('a text')",
    "is interrupted": "raise KeyboardInterrupt",
    "has a hook": "\n".join([
        "sys.excepthook = lambda kind, value, trace: print(",
        "        kind, value, trace.tb_frame.f_code.co_filename)", "    1 / 0"]),
}


@pytest.mark.parametrize("ending", sorted(ENDINGS) + ["no script", "syntax error"])
def test_runs_as_python_does(ending, tmp_path):
    (tmp_path / "beside.py").write_text("def fail():\n    raise OSError('beside')\n")
    if ending == "syntax error":
        (tmp_path / "script.py").write_text("def f(:\n")
    elif ending != "no script":
        (tmp_path / "script.py").write_text(FACTS.format(ENDINGS[ending]))
    as_it_is = python("script.py", "--a", "b c", cwd=str(tmp_path))
    by_us = python("-c", BARE, "script.py", "--a", "b c", cwd=str(tmp_path))
    assert by_us.stdout == as_it_is.stdout
    assert by_us.stderr == as_it_is.stderr
    assert by_us.returncode == as_it_is.returncode


def run_by_tf1(tmp_path, body, *arguments):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(body))
    return python("-W", "error::UserWarning", "-m", "zhusuan.tf1", script, *arguments)


def test_the_name_tensorflow_means_tensorflow_1(tmp_path):
    done = run_by_tf1(tmp_path, """
        import sys
        import tensorflow as tf
        import tensorflow.contrib.layers as layers
        from tensorflow.contrib.framework import arg_scope
        from tensorflow.contrib.framework.python.ops import add_arg_scope
        from tensorflow.python.framework import ops
        from tensorflow.keras.layers import Dense
        from tensorflow.keras import backend as K
        import tensorflow.compat.v1 as v1
        import tensorflow.compat.v2 as v2
        import zhusuan.tf1
        import zhusuan as zs

        assert layers is tf.contrib.layers and layers.conv2d is not tf.layers.conv2d
        assert isinstance(tf.placeholder(tf.float32), ops.Tensor if hasattr(
            ops, "Tensor") else tf.Tensor)
        assert tf.placeholder is v1.placeholder and tf.Session and tf.log
        assert zhusuan.tf1.placeholder is tf.placeholder
        assert v2.compat.v1.placeholder is tf.placeholder
        assert not tf.executing_eagerly() and tf.zeros([2]).shape[0].value == 2
        assert Dense(3)(tf.zeros([2, 3])).shape[1].value == 3
        tf.flags.DEFINE_integer("steps", 3, "how many")
        flags = tf.flags.FLAGS

        def main(argv):
            print(flags.steps, argv[1:])
            raise SystemExit(5)

        tf.app.run()
        """, "--steps", "4", "rest")
    assert (done.returncode, done.stdout) == (5, "4 ['rest']\n"), done.stderr


@pytest.mark.skipif(ON_TF1, reason="TensorFlow 1.15 has all of tf.contrib")
def test_what_is_not_provided_is_named_with_its_twin(tmp_path):
    done = run_by_tf1(tmp_path, """
        import sys
        import tensorflow as tf

        def message(kind, code):
            try:
                exec(code)
            except kind as error:
                return str(error)
            raise AssertionError(code)

        text = message(ImportError, "import tensorflow.contrib.rnn as rnn")
        assert "tensorflow.contrib.rnn" in text and "tf.nn.rnn_cell" in text
        text = message(AttributeError, "tf.contrib.seq2seq.BasicDecoder")
        assert "contrib.seq2seq" in text and "tf.keras.layers.RNN" in text
        text = message(ImportError,
                       "from tensorflow.contrib.layers import instance_norm")
        assert "instance_norm" in text
        text = message(AttributeError, "tf.contrib.layers.instance_norm")
        assert "layers.instance_norm" in text and "tf.keras.layers" in text
        text = message(AttributeError, "tf.contrib.training.batch_sequences")
        assert "tf.data" in text
        sys.modules["tensorflow_probability"] = None
        import importlib.util
        importlib.util.find_spec = lambda name: None
        text = message(ImportError, "tf.contrib.distributions.Normal(0., 1.)")
        assert "pip install tensorflow_probability" in text
        assert "zhusuan.distributions" in text
        text = message(NotImplementedError,
                       "tf.contrib.layers.batch_norm(tf.zeros([2, 3]), renorm=True)")
        assert "renorm" in text
        text = message(ValueError, "tf.contrib.layers.linear("
                       "tf.placeholder(tf.float32, [2, None]), 3)")
        assert "set_shape" in text
        print("finished")
        """)
    assert (done.returncode, done.stdout) == (0, "finished\n"), done.stderr


@pytest.mark.skipif(importlib.util.find_spec("tensorflow_probability") is None,
                    reason="TensorFlow Probability is not installed")
def test_distributions_of_tensorflow_probability(tmp_path):
    done = run_by_tf1(tmp_path, """
        import tensorflow as tf

        x = tf.contrib.distributions.Normal(0., 1.)
        with tf.Session() as sess:
            print(sess.run(x.log_prob(1.)))
        assert tf.contrib.distributions.bijectors.Exp
        """)
    assert done.returncode == 0 and done.stdout.startswith("-1.41893"), done.stderr


@pytest.fixture
def kind():
    """`HParams` of TensorFlow 1.15, which the tests below hold for too, or ours."""
    if ON_TF1:
        return importlib.import_module("tensorflow").contrib.training.HParams
    # By its path: importing zhusuan.tf1 turns TensorFlow 2 off.
    spec = importlib.util.spec_from_file_location(
        "hparams", str(PACKAGE / "tf1" / "_contrib" / "hparams.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.HParams


def test_hparams_read_values_in_their_types(kind):
    hps = kind(rate=0.1, steps=5, name="a", on=True, sizes=[1, 2], gaps=[0.5])
    hps.parse("rate=1,steps=7,name=b c,on=false,sizes=[3,4,5],gaps=[1]")
    assert hps.values() == {
        "rate": 1., "steps": 7, "name": "b c", "on": False, "sizes": [3, 4, 5],
        "gaps": [1.]}
    assert isinstance(hps.rate, float) and hps.on is False
    hps.set_hparam("steps", 9)
    hps.add_hparam("more", 2)
    assert hps.steps == 9 and hps.get("more") == 2 and hps.get("less", 3) == 3
    assert "more" in hps and "less" not in hps
    hps.del_hparam("more")
    assert "more" not in hps and not hasattr(hps, "more")
    hps.override_from_dict({"steps": 1}).parse_json('{"name": "json"}')
    assert (hps.steps, hps.name) == (1, "json")
    assert '"steps": 1' in hps.to_json()


def test_hparams_refuse_what_does_not_fit(kind):
    hps = kind(steps=5, sizes=[1, 2])
    for text in "steps=a", "steps=1.5", "sizes=[x]", "???":
        with pytest.raises(ValueError):
            hps.parse(text)
    with pytest.raises((KeyError, ValueError)):
        hps.parse("unknown=3")
    with pytest.raises(ValueError):
        hps.add_hparam("steps", 3)
    with pytest.raises(ValueError):
        hps.set_hparam("sizes", 3)
    assert hps.values() == {"steps": 5, "sizes": [1, 2]}
