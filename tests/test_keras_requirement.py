"""`zs.layers` and `zs.keras` are imported when they are used, or raise one error."""
import importlib

import pytest
import tensorflow as tf
from keras_3 import HAS_KERAS_3, PACKAGES

import zhusuan as zs

every_package = pytest.mark.parametrize("package", PACKAGES)


@every_package
@pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3")
def test_attributes_are_the_packages(package):
    assert getattr(zs, package.split(".")[1]) is importlib.import_module(package)


@every_package
@pytest.mark.skipif(HAS_KERAS_3, reason="Keras 3 is installed")
def test_tensorflow_1_raises(package):
    with pytest.raises(ImportError) as error:
        getattr(zs, package.split(".")[1])
    assert str(error.value) == (
        package + " requires Keras 3 on TensorFlow 2.16 or later, but found TensorFlow "
        + tf.__version__ + '. Install "tensorflow>=2.16".')


@every_package
@pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3")
@pytest.mark.parametrize("attribute, value, advice", [
    ("__version__", "2.15.0", 'Install "keras>=3"'),
    ("backend", lambda: "jax", "KERAS_BACKEND=tensorflow before Keras is imported")])
def test_other_keras_raises(package, attribute, value, advice, monkeypatch):
    import keras

    from zhusuan._tf.keras_requirement import require_keras_3

    monkeypatch.setattr(keras if attribute == "__version__" else keras.backend,
                        attribute, value)
    with pytest.raises(ImportError) as error:
        require_keras_3(package)
    assert package in str(error.value) and advice in str(error.value)


def test_unknown_attributes_raise():
    with pytest.raises(AttributeError) as error:
        zs.kears  # noqa: B018
    assert "'zhusuan' has no attribute 'kears'" in str(error.value)
