"""The modules of `tf.contrib`, and the replacement of each in TensorFlow 2."""
import importlib
from types import ModuleType

__all__ = ["CONTRIB", "GENERAL_REPLACEMENT", "REPLACEMENTS", "ContribModule",
           "missing_message"]

CONTRIB = "tensorflow.contrib"
GENERAL_REPLACEMENT = (
    "TensorFlow 2's own API or a package of its own (search for the name in "
    "TensorFlow's guide for migration)")

_GENERALLY_REPLACED = [
    "all_reduce", "batching", "bigtable", "boosted_trees", "cloud", "compiler",
    "constrained_optimization", "copy_graph", "decision_trees", "deprecated",
    "feature_column", "ffmpeg", "fused_conv", "graph_editor", "hadoop", "hooks",
    "ignite", "input_pipeline", "kafka", "kinesis", "labeled_tensor", "libsvm",
    "linear_optimizer", "memory_stats", "meta_graph_transform", "model_pruning",
    "nearest_neighbor", "periodic_resample", "predictor", "receptive_field",
    "recurrent", "reduce_slice_ops", "remote_fused_graph", "resampler", "rpc",
    "session_bundle", "specs", "staging", "tensorrt", "testing", "text", "tfprof",
    "timeseries"]
#: Replacements of names that are not provided, by the parts of TensorFlow 1.15.
REPLACEMENTS = dict.fromkeys(_GENERALLY_REPLACED, GENERAL_REPLACEMENT)
REPLACEMENTS.update({
    "autograph": "tf.autograph",
    "bayesflow": "zhusuan or tensorflow_probability",
    "checkpoint": "tf.train.Checkpoint",
    "cluster_resolver": "tf.distribute.cluster_resolver",
    "crf": "tensorflow_addons.text.crf",
    "cudnn_rnn": "tf.keras.layers.LSTM and GRU",
    "data": "tf.data",
    "distribute": "tf.distribute",
    "distributions": "zhusuan.distributions",
    "eager": "eager execution, the default of TensorFlow 2,",
    "estimator": "tf.keras.Model.fit",
    "factorization": "scikit-learn",
    "framework": "tf.Module and tf.train.Checkpoint",
    "grid_rnn": "tf.keras.layers.RNN",
    "image": "tf.image",
    "integrate": "tensorflow_probability.math.ode",
    "keras": "tf.keras",
    "kernel_methods": "scikit-learn",
    "layers": "tf.keras.layers or tf.layers",
    "learn": "tf.keras, or scikit-learn",
    "legacy_seq2seq": "tf.keras.layers.RNN",
    "linalg": "tf.linalg",
    "lookup": "tf.lookup",
    "losses": "tf.losses",
    "metrics": "tf.metrics",
    "mixed_precision": "tf.keras.mixed_precision",
    "nn": "tf.nn",
    "opt": "tf.train or tf.keras.optimizers",
    "optimizer_v2": "tf.train",
    "proto": "tf.io",
    "quantization": "tf.quantization",
    "quantize": "tensorflow_model_optimization",
    "rnn": "tf.nn.rnn_cell or tf.keras.layers.RNN",
    "saved_model": "tf.saved_model",
    "seq2seq": "tf.keras.layers.RNN",
    "signal": "tf.signal",
    "slim": "tf.keras.layers",
    "solvers": "tf.linalg",
    "sparsemax": "tensorflow_addons.activations.sparsemax",
    "stat_summarizer": "tf.profiler",
    "stateless": "tf.random.stateless_normal and its like",
    "summary": "tf.summary",
    "tensor_forest": "scikit-learn",
    "tensorboard": "tensorboard",
    "tpu": "tf.distribute.TPUStrategy",
    "training": "tf.train and tf.data",
    "util": "tf.make_ndarray and its like",
})


def missing_message(name):
    """The message of the error for `name`, which is not provided."""
    part = name[len(CONTRIB) + 1:].split(".")[0]
    return ("`python -m zhusuan.tf1` does not provide `{}` on TensorFlow 2. Use {} "
            "instead, or run the script on TensorFlow "
            "1.15.".format(name, REPLACEMENTS.get(part, GENERAL_REPLACEMENT)))


class ContribModule(ModuleType):
    """A module of tf.contrib; the use of a name that it lacks raises."""

    def __init__(self, name):
        super().__init__(name, "Provided by ZhuSuan.")
        self.__path__ = []  # `import` treats it as a package

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._find(name)

    def _find(self, name):
        """The object with this name, which is not an attribute yet."""
        full = self.__name__ + "." + name
        try:
            return importlib.import_module(full)  # 1.15 imports its submodules at once
        except ModuleNotFoundError:
            raise AttributeError(missing_message(full)) from None

    def __setattr__(self, name, value):
        """Keep a function that has the name of a module in the same folder."""
        if not (isinstance(value, ContribModule) and name in vars(self)):
            super().__setattr__(name, value)

    def __call__(self, *args, **kwargs):
        """Raise: `from PART import NAME` has imported a missing name as a module."""
        raise AttributeError(missing_message(self.__name__))

    def __mro_entries__(self, bases):
        raise AttributeError(missing_message(self.__name__))
