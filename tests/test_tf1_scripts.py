"""`python -m zhusuan.tf1 SCRIPT` gives old scripts the API of TensorFlow 1."""
import importlib.util

import pytest
from tf1_program import ON_TF1, PACKAGE, run_by_tf1


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


def test_hparams_reject_unsuitable_values(kind):
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
