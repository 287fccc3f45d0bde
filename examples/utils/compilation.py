"""The choice whether XLA compiles training steps, by the option --jit-compile."""

import tensorflow as tf

import zhusuan as zs


def compiled_cost(run, fn, feed_dict):
    """`zs.variational.compiled_cost(fn)` as --jit-compile requires.

    "fastest" measures the cost and its gradients with `feed_dict`, in a session of its
    own. `fn` returns the cost and another Tensor, and shares its variables when it is
    called again.
    """
    v1, made = tf.compat.v1, {}

    def make(is_compiled):
        if is_compiled not in made:
            made[is_compiled] = zs.variational.compiled_cost(fn, is_compiled)
        return made[is_compiled]

    def measure():
        if tf.__version__.startswith("1."):  # which cannot compile
            return False
        fetches = {choice: tf.gradients(make(choice)[0], v1.trainable_variables())
                   for choice in (False, True)}
        with v1.Session() as sess:
            sess.run(v1.global_variables_initializer())
            return zs.utils.fastest({choice: lambda x=x: sess.run(x, feed_dict)
                                     for choice, x in fetches.items()})

    return make(run.choose_compilation(measure))


def compiled_steps(run, train, others, example, variables):
    """The functions `train` and `others` by `tf.function` as --jit-compile requires.

    "fastest" measures `train` with the minibatch `example`. The variables have their
    values from before afterwards.
    """
    def measure():
        before = [tf.identity(variable) for variable in variables]
        steps = {choice: tf.function(train, jit_compile=choice)
                 for choice in (False, True)}
        fastest = zs.utils.fastest({choice: lambda step=step: step(example).numpy()
                                    for choice, step in steps.items()})
        for variable, value in zip(variables, before):
            variable.assign(value)
        return fastest

    is_compiled = run.choose_compilation(measure)
    return [tf.function(fn, jit_compile=is_compiled) for fn in [train] + others]
