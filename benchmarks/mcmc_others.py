"""What `mcmc.py` compares with: the same transitions by other programs.

Each function here gives a function without arguments that makes `n` transitions and
returns their acceptance rates, where there are any.
"""
import functools

import numpy as np
import tensorflow as tf

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    jax = None

v1 = tf.compat.v1
N_LEAPFROGS, MAX_DEPTH = 10, 10


def same(x):
    return x


class OfTensorFlow:
    """The few functions that problems are written with.

    `constant` is for arrays of NumPy, which TensorFlow and JAX take as they are.
    """
    sum, matmul, softplus, tanh = (
        tf.reduce_sum, tf.matmul, tf.math.softplus, tf.tanh)
    constant = staticmethod(same)


class OfJax:
    """The same of JAX."""
    constant = staticmethod(same)
    if jax is not None:
        sum, matmul, softplus, tanh = (
            jnp.sum, jnp.matmul, jax.nn.softplus, jnp.tanh)


class Problem:
    """A log joint density `log_joint(xp, x)` of `x` `[chains, d]`, and settings."""

    def __init__(self, log_joint, start, step_size):
        self.start, self.step_size = start, np.float32(step_size)
        self._log_joint = log_joint

    def of(self, xp):
        """The function of `x`."""
        return lambda x: self._log_joint(xp, x)

    def of_dict(self, xp):
        """The function of ``{"x": x}``."""
        return lambda values: self._log_joint(xp, values["x"])


class Network:
    """Regression by 13-50-1 units, with 20 particles."""

    N_ROWS, N_BATCH, N_PARTICLES = 500, 100, 20

    def __init__(self, random):
        shapes = {"w1": [13, 50], "b1": [1, 50], "w2": [50, 1], "b2": [1, 1]}
        self.start = {
            k: (0.1 * random.normal(size=[self.N_PARTICLES] + shape)).astype("float32")
            for k, shape in shapes.items()}

    def batches(self, random, n):
        """A list of `n` minibatches."""
        return [{"x": random.normal(size=[self.N_BATCH, 13]).astype("float32"),
                 "y": random.normal(size=[self.N_BATCH]).astype("float32")}
                for _ in range(n)]

    def of_dict(self, xp):
        """The log joint of a dict of weights and the minibatch."""
        def log_joint(v):
            prior = sum(-0.5 * xp.sum(v[k] * v[k], (-2, -1)) for k in self.start)
            hidden = xp.tanh(xp.matmul(v["x"], v["w1"]) + v["b1"])
            error = (xp.matmul(hidden, v["w2"]) + v["b2"])[..., 0] - v["y"]
            return prior - 0.5 * self.N_ROWS / self.N_BATCH * xp.sum(error * error, -1)
        return log_joint


# -- Graphs by hand ---------------------------------------------------------------

def session_calls(op, rate, n, observed=None, feeds=None):
    """A function that runs `op` `n` times."""
    session = v1.Session(graph=v1.get_default_graph())
    session.run(v1.global_variables_initializer())
    fetches = [op.op if hasattr(op, "op") else op, rate]
    if feeds is None:
        step = session.make_callable(fetches)
        return lambda: [step()[1] for _ in range(n)]
    step = session.make_callable(fetches, list(observed.values()))
    return lambda: [step(*[feed[k] for k in observed])[1] for feed in feeds[:n]]


def by_hand(sampler, problem, n):
    """The plainest graph: leapfrogs one after another, no information but a rate."""
    if sampler != "HMC":
        raise NotImplementedError("nobody writes %s by hand" % sampler)
    with tf.Graph().as_default():
        variable = v1.get_variable("x", initializer=problem.start)
        step, log_joint = problem.step_size, problem.of(OfTensorFlow)

        def density(x):
            log_p = log_joint(x)
            return log_p, tf.gradients(log_p, x)[0]

        old = tf.identity(variable)
        momentum = tf.random.normal(problem.start.shape)
        old_log_p, gradient = density(old)
        x, p = old, momentum + 0.5 * step * gradient
        for i in range(N_LEAPFROGS):
            x += step * p
            log_p, gradient = density(x)
            p += (step if i < N_LEAPFROGS - 1 else 0.5 * step) * gradient
        gain = (log_p - old_log_p + 0.5 * tf.reduce_sum(momentum ** 2, -1)
                - 0.5 * tf.reduce_sum(p ** 2, -1))
        rate = tf.minimum(1., tf.exp(gain))
        moved = tf.random.uniform(tf.shape(rate)) < rate
        op = variable.assign(tf.where(moved[:, tf.newaxis], x, old))
        return session_calls(op, rate, n)


# How many leapfrogs a transition of NUTS with one chain takes, by dimension. The means
# of 10,000 transitions are 61.9 and 15.0 (docs/benchmarks.md).
LEAPFROGS_OF_NUTS = {100: 62, 25: 15}


def leapfrogs(problem, n):
    """Those of `n` transitions of NUTS, in a loop that XLA compiles."""
    n_chains, n_dims = problem.start.shape
    if n_chains > 1:
        raise NotImplementedError("each chain takes another number of leapfrogs")
    log_joint, step = problem.of(OfTensorFlow), problem.step_size

    def density(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_p = log_joint(x)
        return log_p, tape.gradient(log_p, x)

    def leapfrog(i, x, p, gradient, _):
        p += 0.5 * step * gradient
        x += step * p
        log_p, gradient = density(x)
        p += 0.5 * step * gradient
        return i + 1, x, p, gradient, 0.5 * tf.reduce_sum(p * p, -1) - log_p

    @tf.function(jit_compile=True, autograph=False)
    def run(x, p):
        energy, gradient = density(x)
        return tf.while_loop(
            lambda i, *_: i < n * LEAPFROGS_OF_NUTS[n_dims], leapfrog,
            (tf.constant(0), x, p, gradient, energy), parallel_iterations=1)[1:]

    start = tf.constant(problem.start), tf.random.normal(problem.start.shape)

    return lambda: run(*start)[-1].numpy()


def sgmcmc_by_hand(name, network, n, batches):
    with tf.Graph().as_default():
        observed = {k: v1.placeholder("float32", x.shape)
                    for k, x in batches[0].items()}
        names, weights = list(network.start), [
            v1.get_variable(k, initializer=x) for k, x in network.start.items()]
        velocity = [v1.get_variable("v_" + k, initializer=np.zeros_like(x))
                    for k, x in network.start.items()]
        reads = [tf.identity(w) for w in weights]
        gradients = tf.gradients(network.of_dict(OfTensorFlow)(
            dict(zip(names, reads), **observed)), reads)
        steps = [sgmcmc_step(name, w, v, g, tf.random.normal(g.shape))
                 for w, v, g in zip(reads, velocity, gradients)]
        with tf.control_dependencies([x for pair in steps for x in pair]):
            op = tf.group([w.assign(new) for w, (new, _) in zip(weights, steps)]
                          + ([v.assign(new) for v, (_, new) in zip(velocity, steps)]
                             if name == "SGHMC" else []))
        return session_calls(op, (), n, observed, batches)


def sgmcmc_step(name, x, v, gradient, noise, rate=1e-5, friction=0.25):
    """The next position and velocity."""
    if name == "SGLD":
        return x + 0.5 * rate * gradient + np.sqrt(rate) * noise, v
    v = (1. - friction) * v + rate * gradient + np.sqrt(2. * friction * rate) * noise
    return x + v, v


# -- Other libraries --------------------------------------------------------------

def of_tfp(sampler, problem, n):
    import tensorflow_probability as tfp
    kernel, rate = {
        "HMC": lambda log_joint: (tfp.mcmc.HamiltonianMonteCarlo(
            log_joint, problem.step_size, N_LEAPFROGS),
            lambda r: tf.exp(tf.minimum(r.log_accept_ratio, 0.))),
        "NUTS": lambda log_joint: (tfp.mcmc.NoUTurnSampler(
            log_joint, problem.step_size, MAX_DEPTH),
            lambda r: tf.exp(r.log_accept_ratio)),
    }[sampler](problem.of(OfTensorFlow))

    @tf.function(jit_compile=True, autograph=False)
    def chain(x, results, seed):
        return tfp.mcmc.sample_chain(
            n, x, kernel=kernel, previous_kernel_results=results, seed=seed,
            num_burnin_steps=0, return_final_kernel_results=True,
            trace_fn=lambda _, r: rate(r))

    x = tf.constant(problem.start)
    state = [x, kernel.bootstrap_results(x), 0]

    def call():
        draws, rates, results = chain(state[0], state[1], tf.constant([1, state[2]]))
        state[:] = draws[-1], results, state[2] + 1
        draws.numpy()
        return rates.numpy()
    return call


def of_numpyro(sampler, problem, n):
    from numpyro import infer
    settings = {"potential_fn": lambda x: -problem.of(OfJax)(x),
                "step_size": problem.step_size, "adapt_step_size": False,
                "adapt_mass_matrix": False}
    if sampler == "HMC":  # without trajectory_length=None, num_steps would not count
        kernel = infer.HMC(num_steps=N_LEAPFROGS, trajectory_length=None, **settings)
    else:
        kernel = infer.NUTS(max_tree_depth=MAX_DEPTH, **settings)
    n_chains = len(problem.start)
    start, key = jnp.asarray(problem.start), jax.random.PRNGKey(0)
    if n_chains == 1:
        state = kernel.init(key, 0, start[0], (), {})
    else:
        state = kernel.init(jax.random.split(key, n_chains), 0, start, (), {})

    @jax.jit
    def chain(state):
        def step(state, _):
            state = kernel.sample(state, (), {})
            return state, (state.z, state.accept_prob)
        return jax.lax.scan(step, state, None, length=n)

    kept = [state]

    def call():
        kept[0], (draws, rates) = chain(kept[0])
        np.asarray(draws)
        return np.asarray(rates)
    return call


def sgmcmc_of_jax(name, network, batches):
    import jax  # says what is missing, if it is
    stacked = {k: np.stack([b[k] for b in batches]) for k in batches[0]}
    log_joint = network.of_dict(OfJax)

    def step(state, batch):
        key, weights, velocity = state
        key, *keys = jax.random.split(key, len(weights) + 1)
        gradients = jax.grad(lambda w: jnp.sum(log_joint(dict(w, **batch))))(weights)
        moved = {k: sgmcmc_step(name, weights[k], velocity[k], gradients[k],
                                jax.random.normal(one, weights[k].shape))
                 for k, one in zip(weights, keys)}
        weights = {k: x for k, (x, _) in moved.items()}
        return (key, weights, {k: v for k, (_, v) in moved.items()}), weights

    chain = jax.jit(functools.partial(jax.lax.scan, step))
    start = {k: jnp.asarray(x) for k, x in network.start.items()}
    zeros = {k: jnp.zeros_like(x) for k, x in start.items()}
    kept = [(jax.random.PRNGKey(0), start, zeros)]

    def call():
        kept[0], draws = chain(kept[0], stacked)
        return jax.tree_util.tree_map(np.asarray, draws) and ()
    return call
