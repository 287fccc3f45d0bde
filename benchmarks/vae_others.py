"""The steps of `vae.py` by TensorFlow Probability and by NumPyro."""
import numpy as np

from benchmarks.work import Work

X_DIM, Z_DIM, HIDDEN, N_IMAGES = 784, 40, 500, 6400
N_LOOPED = 20  # steps in one call
ENCODER = {"q1": (X_DIM, HIDDEN), "q2": (HIDDEN, HIDDEN), "q3": (HIDDEN, Z_DIM),
           "q4": (HIDDEN, Z_DIM)}
DECODER = {"p1": (Z_DIM, HIDDEN), "p2": (HIDDEN, HIDDEN), "p3": (HIDDEN, X_DIM)}


def weights(layers):
    """A dict of kernels and biases."""
    random, found = np.random.RandomState(1), {}
    for name, (n_in, n_out) in layers.items():
        bound = (6. / (n_in + n_out)) ** 0.5
        found[name] = random.uniform(-bound, bound, [n_in, n_out]).astype("float32")
        found[name + "_bias"] = np.zeros(n_out, "float32")
    return found


def all_images(dtype):
    return np.random.RandomState(0).binomial(1, 0.13, [N_IMAGES, X_DIM]).astype(dtype)


def batches(batch):
    """A function that gives the next batch of images."""
    data, kept = all_images("int32"), [0]

    def take():
        first, kept[0] = kept[0], (kept[0] + batch) % (N_IMAGES - batch)
        return data[first:first + batch]
    return take


# -- TensorFlow Probability -------------------------------------------------------

def tfp(objective="elbo", batch=128, n_particles=1, compiled=False):
    import tensorflow as tf
    import tensorflow_probability

    if objective == "vimco":
        raise NotImplementedError("TensorFlow Probability has no VIMCO for this model")
    tfd = tensorflow_probability.distributions
    names, values = zip(*weights(dict(ENCODER, **DECODER)).items())
    variables = [tf.Variable(v) for v in values]
    slots = [(tf.Variable(np.zeros_like(v)), tf.Variable(np.zeros_like(v)))
             for v in values]
    powers = tf.Variable(1.), tf.Variable(1.)

    def bound(x, w):
        def dense(name, y):
            return tf.nn.bias_add(tf.matmul(y, w[name]), w[name + "_bias"])

        h = tf.nn.relu(dense("q2", tf.nn.relu(dense("q1", tf.cast(x, tf.float32)))))
        q = tfd.Independent(tfd.Normal(dense("q3", h), tf.exp(dense("q4", h))), 1)
        p = tfd.Independent(tfd.Normal(tf.zeros([batch, Z_DIM]), 1.), 1)
        z = q.sample(n_particles)
        h = tf.nn.relu(dense("p1", tf.reshape(z, [-1, Z_DIM])))
        logits = tf.reshape(dense("p3", tf.nn.relu(dense("p2", h))),
                            [n_particles, batch, X_DIM])
        log_px = tfd.Independent(tfd.Bernoulli(logits=logits), 1).log_prob(x)
        log_w = log_px + p.log_prob(z) - q.log_prob(z)
        if objective == "elbo":
            return tf.reduce_mean(log_w)
        return tf.reduce_mean(tf.reduce_logsumexp(log_w, 0) - np.log(n_particles))

    @tf.function(jit_compile=compiled)
    def step(x):
        with tf.GradientTape() as tape:
            cost = -bound(x, dict(zip(names, variables)))
        gradients = tape.gradient(cost, variables)
        for power, decay in zip(powers, (0.9, 0.999)):
            power.assign(power * decay)
        for variable, (m, v), gradient in zip(variables, slots, gradients):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle, m=m.handle, v=v.handle, beta1_power=powers[0],
                beta2_power=powers[1], lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8,
                grad=gradient)
        return cost

    take = batches(batch)
    return lambda: step(take()).numpy()


# -- NumPyro ----------------------------------------------------------------------

def numpyro(objective="elbo", batch=128, n_particles=1):
    svi, take = svi_of_numpyro(objective, batch, n_particles)
    import jax

    kept = [svi.init(jax.random.PRNGKey(0), take())]
    update = jax.jit(svi.update, donate_argnums=0)

    def call():
        kept[0], value = update(kept[0], take())
        return float(value)
    return Work(call)


def numpyro_loop(objective="elbo", batch=128, n_particles=1):
    """Several steps in one call, which slice the batches from an array."""
    svi, take = svi_of_numpyro(objective, batch, n_particles)
    import jax

    every, n_batches = jax.numpy.asarray(all_images("uint8")), N_IMAGES // batch
    kept = [svi.init(jax.random.PRNGKey(0), take()), 0.]

    def step(i, kept):
        x = jax.lax.dynamic_slice(
            every, (i % n_batches * batch, 0), (batch, X_DIM))
        return svi.update(kept[0], x.astype("int32"))

    steps = jax.jit(lambda kept: jax.lax.fori_loop(0, N_LOOPED, step, kept),
                    donate_argnums=0)

    def call():
        kept[:] = steps(tuple(kept))
        return float(kept[1])
    return Work(call, N_LOOPED)


def svi_of_numpyro(objective, batch, n_particles):
    """The `SVI` of NumPyro, and a function that gives the next batch of images."""
    import jax
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist
    from numpyro.infer import SVI, RenyiELBO, Trace_ELBO

    if objective == "vimco":
        raise NotImplementedError("NumPyro has no VIMCO")

    def dense_of(layers):
        w = {name: numpyro.param(name, jnp.asarray(value))
             for name, value in weights(layers).items()}
        return lambda name, y: y @ w[name] + w[name + "_bias"]

    def model(x):
        dense = dense_of(DECODER)
        with numpyro.plate("data", batch):
            z = numpyro.sample("z", dist.Normal(
                jnp.zeros([batch, Z_DIM]), 1.).to_event(1))
            h = jax.nn.relu(dense("p2", jax.nn.relu(dense("p1", z))))
            numpyro.sample("x", dist.Bernoulli(
                logits=dense("p3", h)).to_event(1), obs=x)

    def guide(x):
        dense = dense_of(ENCODER)
        h = jax.nn.relu(dense("q2", jax.nn.relu(dense("q1", x.astype("float32")))))
        with numpyro.plate("data", batch):
            numpyro.sample("z", dist.Normal(
                dense("q3", h), jnp.exp(dense("q4", h))).to_event(1))

    loss = (Trace_ELBO(num_particles=n_particles) if objective == "elbo"
            else RenyiELBO(alpha=0., num_particles=n_particles))
    return SVI(model, guide, numpyro.optim.Adam(0.001), loss), batches(batch)
