"""Learning rates of presets."""

import zhusuan.tf1 as tf


def learning_rate(args, step, n_train):
    """`args.learning_rate`, or a schedule of `step` with that maximum for a preset.

    The rate increases in the first 5 % of the steps, and decreases to 0 by a cosine.
    """
    if not args.preset:
        return args.learning_rate
    n_steps = args.epochs * (n_train // args.batch_size)
    warm_up = tf.minimum(1., 20. * tf.cast(step, tf.float32) / n_steps)
    return warm_up * tf.train.cosine_decay(args.learning_rate, step, n_steps)
