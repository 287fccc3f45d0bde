"""`tf.contrib.losses` and the streaming functions of `tf.contrib.metrics`.

They are `tf.losses` and `tf.metrics` with the predictions before the labels.
"""
from zhusuan._tf import version_1_api as v1

__all__ = ["LOSSES", "METRICS"]

_LOSS_ARGUMENTS = {
    "absolute_difference": "predictions labels weights scope",
    "add_loss": "loss loss_collection",
    "compute_weighted_loss": "losses weights scope",
    "cosine_distance": "predictions labels axis weights scope dim",
    "get_losses": "scope loss_collection",
    "get_regularization_losses": "scope",
    "get_total_loss": "add_regularization_losses name",
    "log_loss": "predictions labels weights epsilon scope",
    "mean_pairwise_squared_error": "predictions labels weights scope",
    "mean_squared_error": "predictions labels weights scope",
    "sigmoid_cross_entropy": "logits multi_class_labels weights label_smoothing scope",
    "softmax_cross_entropy": "logits onehot_labels weights label_smoothing scope",
    "sparse_softmax_cross_entropy": "logits labels weights scope",
}
_COLLECTIONS = "metrics_collections updates_collections name"
_METRIC_ARGUMENTS = {
    "accuracy": "predictions labels weights " + _COLLECTIONS,
    "false_negatives": "predictions labels weights " + _COLLECTIONS,
    "false_positives": "predictions labels weights " + _COLLECTIONS,
    "mean": "values weights " + _COLLECTIONS,
    "mean_absolute_error": "predictions labels weights " + _COLLECTIONS,
    "mean_squared_error": "predictions labels weights " + _COLLECTIONS,
    "mean_tensor": "values weights " + _COLLECTIONS,
    "precision": "predictions labels weights " + _COLLECTIONS,
    "recall": "predictions labels weights " + _COLLECTIONS,
    "root_mean_squared_error": "predictions labels weights " + _COLLECTIONS,
    "true_negatives": "predictions labels weights " + _COLLECTIONS,
    "true_positives": "predictions labels weights " + _COLLECTIONS,
}


def _reordered(function, arguments):
    """`function` with positional arguments in the order of `arguments`."""
    names = arguments.split()

    def with_names(*args, **kwargs):
        if len(args) > len(names):
            raise TypeError(
                "{} was given {} positional arguments; expected at most {}: {}.".format(
                    function.__name__, len(args), len(names), ", ".join(names)))
        return function(**dict(zip(names, args), **kwargs))

    with_names.__name__ = function.__name__
    with_names.__doc__ = function.__doc__
    return with_names


def hinge_loss(logits, labels=None, scope=None):
    """The hinge loss of each element, without adding it to the collection."""
    return v1.hinge_loss(labels, logits, scope=scope, loss_collection=None,
                                reduction=v1.Reduction.NONE)


LOSSES = {name: _reordered(v1.find_in_version_1_api("losses." + name), arguments)
          for name, arguments in _LOSS_ARGUMENTS.items()}
LOSSES["hinge_loss"] = hinge_loss
METRICS = {"streaming_" + name: _reordered(
               v1.find_in_version_1_api("metrics." + name), arguments)
           for name, arguments in _METRIC_ARGUMENTS.items()}
