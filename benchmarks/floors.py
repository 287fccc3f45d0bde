"""What a step or a density takes at least: a call of what is compiled, and Adam."""
import numpy as np

from benchmarks.vae_others import DECODER, ENCODER, weights
from benchmarks.work import Work

RATE, DECAYS, EPSILON = 0.001, (0.9, 0.999), 1e-8


def all_weights():
    return list(weights(dict(ENCODER, **DECODER)).values())


# -- TensorFlow -------------------------------------------------------------------

def tensorflow(what, n=None):
    return adam_of_tensorflow() if what == "adam" else add_of_tensorflow(n)


def add_of_tensorflow(n):
    import tensorflow as tf
    x, add = tf.zeros([n]), tf.function(lambda x: x + 1., jit_compile=True)
    return Work(lambda: add(x).numpy())


def adam_of_tensorflow():
    """In a graph, with gradients that are computed, which costs a pass over them."""
    import tensorflow.compat.v1 as tf
    with tf.Graph().as_default():
        pairs = []
        for i, x in enumerate(all_weights()):
            variable, gradient = (tf.get_variable(name + str(i), initializer=x)
                                  for name in ("variable", "gradient"))
            pairs.append((gradient + 0.001, variable))
        step = tf.train.AdamOptimizer(
            RATE, *DECAYS, epsilon=EPSILON).apply_gradients(pairs)
        session = tf.Session()
        session.run(tf.global_variables_initializer())
        # The variable, without which nothing would have to be done.
        return Work(session.make_callable([step, pairs[-1][1]]))


# -- JAX --------------------------------------------------------------------------

def of_jax(what, n=None):
    return adam_of_jax() if what == "adam" else add_of_jax(n)


def add_of_jax(n):
    import jax
    import jax.numpy as jnp
    x, add = jnp.zeros([n]), jax.jit(lambda x: x + 1.)
    return Work(lambda: np.asarray(add(x)))


def adam_of_jax():
    import jax
    import jax.numpy as jnp
    first, second = DECAYS

    def update(t, x, m, v, gradient):
        gradient = gradient + 0.001
        m = first * m + (1. - first) * gradient
        v = second * v + (1. - second) * jnp.square(gradient)
        rate = RATE * jnp.sqrt(1. - second ** t) / (1. - first ** t)
        return x - rate * m / (jnp.sqrt(v) + EPSILON), m, v

    def step(t, state, gradients):
        return t + 1., [update(t, *xmv, g) for xmv, g in zip(state, gradients)]

    gradients = [jnp.asarray(x) for x in all_weights()]
    state = [(x + 0., jnp.zeros_like(x), jnp.zeros_like(x)) for x in gradients]
    compiled, kept = jax.jit(step, donate_argnums=(0, 1)), [(1., state)]

    def call():
        kept[0] = jax.block_until_ready(compiled(*kept[0], gradients))
    return Work(call)
