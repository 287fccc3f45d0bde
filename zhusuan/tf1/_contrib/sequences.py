"""`tf.contrib.seq2seq.sequence_loss`."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1

__all__ = ["sequence_loss"]


def sequence_loss(logits, targets, weights, average_across_timesteps=True,
                  average_across_batch=True, sum_over_timesteps=False,
                  sum_over_batch=False, softmax_loss_function=None, name=None):
    """Weighted cross entropy of the elements of sequences.

    :param logits: Tensor of shape [batch, time, classes].
    :param targets: int Tensor of shape [batch, time].
    :param weights: float Tensor of shape [batch, time].
    :param average_across_timesteps: Divide the sum over time by the sum of weights.
    :param average_across_batch: As above, for the batch.
    :param sum_over_timesteps: Divide the sum over time by the number of nonzero
        weights.
    :param sum_over_batch: As above, for the batch.
    :param softmax_loss_function: Called with the keywords `labels` and `logits`,
        flattened to rows; the softmax cross entropy by default.
    :return: Tensor whose rank is 2 minus the number of reduced dimensions.
    """
    _check_ranks(logits=(logits, 3), targets=(targets, 2), weights=(weights, 2))
    average = _axes(average_across_batch, average_across_timesteps)
    total = _axes(sum_over_batch, sum_over_timesteps)
    if set(average) & set(total):
        raise ValueError(
            "sequence_loss was given average_across_X and sum_over_X for the same "
            "dimension X; expected one of them. Pass average_across_X=False to sum.")
    loss = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
    with v1.name_scope(name, "sequence_loss", [logits, targets, weights]):
        shape = tf.shape(logits)
        losses = loss(labels=tf.reshape(targets, [-1]),
                      logits=tf.reshape(logits, [-1, shape[2]]))
        losses = tf.reshape(losses * tf.reshape(weights, [-1]), shape[:2])
        # TensorFlow 1.15 ignores sums where the other dimension is averaged.
        axes = average or total
        if not axes:
            return losses
        count = (tf.reduce_sum(weights, axes) if average else
                 tf.cast(tf.math.count_nonzero(weights, axes), losses.dtype))
        return tf.math.divide_no_nan(tf.reduce_sum(losses, axes), count)


def _axes(over_batch, over_time):
    return [axis for axis, chosen in enumerate([over_batch, over_time]) if chosen]


def _check_ranks(**arguments):
    for name, (value, rank) in arguments.items():
        if value.shape.ndims != rank:
            raise ValueError("sequence_loss was given `{}` of shape {}; expected {} "
                             "dimensions.".format(name, value.shape, rank))
