"""The parts of TensorFlow 1.15's `tf.contrib` that scripts for ZhuSuan used.

For TensorFlow 2, which has no `tf.contrib`; written against `tf.compat.v1`.
:func:`install` puts them in their places. What is not here raises an error that
names it and what TensorFlow 2 has in its place.
"""
import importlib.util
import sys
from types import ModuleType

from zhusuan.tf1._contrib import arg_scope, hparams, initializers, layers, normalization
from zhusuan.tf1._contrib import variables as _variables

__all__ = ["install"]

CONTRIB = "tensorflow.contrib"

# What stands where, and the modern twin of all else there.
_PROVIDED = {
    "layers": ([layers, normalization, initializers], "tf.keras.layers or tf.layers"),
    "framework": ([arg_scope, _variables], "tf.Module and tf.train.Checkpoint"),
    "framework.python": ([], "tf.Module and tf.train.Checkpoint"),
    "framework.python.ops": ([arg_scope, _variables],
                             "tf.Module and tf.train.Checkpoint"),
    "slim": ([layers, normalization, initializers, arg_scope, _variables],
             "tf.keras.layers"),
    "training": ([hparams], "tf.train and tf.data"),
}
_TWINS = {
    "bayesflow": "zhusuan or tensorflow_probability",
    "crf": "tensorflow_addons.text.crf",
    "cudnn_rnn": "tf.keras.layers.LSTM and GRU",
    "data": "tf.data",
    "eager": "eager execution, which is TensorFlow 2's default",
    "estimator": "tf.keras.Model.fit",
    "image": "tf.image",
    "integrate": "tensorflow_probability.math.ode",
    "keras": "tf.keras",
    "learn": "tf.keras, or scikit-learn",
    "legacy_seq2seq": "tf.keras.layers.RNN",
    "linalg": "tf.linalg",
    "lookup": "tf.lookup",
    "losses": "tf.losses",
    "metrics": "tf.metrics",
    "nn": "tf.nn",
    "opt": "tf.train or tf.keras.optimizers",
    "rnn": "tf.nn.rnn_cell or tf.keras.layers.RNN",
    "seq2seq": "tf.keras.layers.RNN",
    "signal": "tf.signal",
    "solvers": "tf.linalg",
    "stat_summarizer": "tf.profiler",
    "summary": "tf.summary",
    "tensor_forest": "scikit-learn",
    "tensorboard": "tensorboard",
    "tpu": "tf.distribute.TPUStrategy",
}
_OTHERWISE = ("TensorFlow 2's own API or a package of its own (search for the name in "
              "TensorFlow's guide for migration)")


def _lacking(name, twin):
    return ("`{}` is not among the parts of tf.contrib that `python -m zhusuan.tf1` "
            "provides on TensorFlow 2. Use {} instead, or run the script on TensorFlow "
            "1.15.".format(name, twin))


class _Part(ModuleType):
    """A module of tf.contrib."""

    def __init__(self, name, sources, twin):
        super().__init__(name, "Provided by ZhuSuan.")
        self.__path__ = []  # so that `import` takes it for a package
        self._twin = twin
        for source in sources:
            for public in source.__all__:
                setattr(self, public, getattr(source, public))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(_lacking(
            self.__name__ + "." + name, _TWINS.get(name, self._twin)))


class _Distributions(_Part):
    """`tf.contrib.distributions`: what became of it in TensorFlow Probability."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if importlib.util.find_spec("tensorflow_probability") is None:
            raise ImportError(
                "`{}.{}` is provided on TensorFlow 2 by TensorFlow Probability, which "
                "is not installed. Install it by: pip install tensorflow_probability; "
                "or use zhusuan.distributions.".format(self.__name__, name),
                name="tensorflow_probability")
        probability = importlib.import_module("tensorflow_probability")
        if name == "bijectors":
            return probability.bijectors
        if not hasattr(probability.distributions, name):
            return super().__getattr__(name)
        return getattr(probability.distributions, name)


class _Missing:
    """The last of the finders of modules, for those of tf.contrib."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith(CONTRIB + "."):
            part = name[len(CONTRIB) + 1:].split(".")[0]
            twin = _PROVIDED[part][1] if part in _PROVIDED else (
                _TWINS.get(part, _OTHERWISE))
            raise ModuleNotFoundError(_lacking(name, twin), name=name)


def install():
    """Put the parts among the imported modules, and give `tf.contrib`."""
    contrib = _Part(CONTRIB, [], _OTHERWISE)
    parts = {name: _Part(CONTRIB + "." + name, *spec)
             for name, spec in _PROVIDED.items()}
    parts["distributions"] = _Distributions(
        CONTRIB + ".distributions", [], "zhusuan.distributions")
    for name, part in parts.items():
        parent, _, last = name.rpartition(".")
        setattr(parts.get(parent, contrib), last, part)
        sys.modules[part.__name__] = part
    sys.modules[CONTRIB] = contrib
    sys.meta_path.append(_Missing)
    return contrib
