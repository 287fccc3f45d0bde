"""One transition of HMC: its numbers, its interface, its errors."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from chains import every_program

import zhusuan as zs
from zhusuan._model.target import Target
from zhusuan.mcmc._kernels import hamiltonian
from zhusuan.mcmc._kernels.metrics import Diagonal

A = np.array([0.3, -1., 2.])
B = np.array([[0.1, 0.2], [-0.5, 1.], [1., -2.]])
Y = 1.5


def flat(info):
    """The fields of HMCInfo by name, which `modes` can fetch."""
    return info._asdict()


def one_transition(program, step_size, n_leapfrogs, n_calls=1):
    """HMCInfo of the last of some transitions of `two_latents`, as a dict."""
    def make():
        model = chains.two_latents(3, "float64")
        latent = {"a": chains.variable("a", A), "b": chains.variable("b", B)}
        hmc = zs.HMC(step_size, n_leapfrogs)

        def step(seed, y):
            with chains.seeded(program, seed):
                op, info = hmc.sample(model, {"y": y}, latent)
            return op, flat(info), latent

        return step

    step = chains.run(program, make)
    for seed in range(n_calls):
        _, info, latent = step(np.int64(seed), np.float64(Y))
    return info, latent


def numpy_leapfrogs(a, b, p, q, step_size, n_leapfrogs):
    """The textbook's scheme, with two half steps in momentum."""
    for _ in range(n_leapfrogs):
        for half in 0, 1:
            grad_a, grad_b = chains.two_latents_gradient(a, b, Y)
            p, q = p + step_size / 2 * grad_a, q + step_size / 2 * grad_b
            if not half:
                a, b = a + step_size * p, b + step_size * q
    return a, b, p, q


def energy(a, b, p, q):
    return (0.5 * p ** 2 + 0.5 * np.sum(q ** 2, -1)
            - chains.two_latents_log_joint(a, b, Y))


# A large step, so that some chains reject and others accept.
@every_program
@pytest.mark.parametrize("step_size, n_leapfrogs", [(0.1, 1), (0.52, 4)])
def test_a_transition_matches_numpy(program, step_size, n_leapfrogs):
    info, _ = one_transition(program, step_size, n_leapfrogs)
    p, q = info["init_momentum"]["a"], info["init_momentum"]["b"]
    end = numpy_leapfrogs(A, B, p, q, step_size, n_leapfrogs)
    error = energy(*end) - energy(A, B, p, q)
    np.testing.assert_allclose(info["energy_error"], error, rtol=1e-9)
    np.testing.assert_allclose(
        info["hamiltonian"] - info["orig_hamiltonian"], error, rtol=1e-9)
    np.testing.assert_allclose(
        info["acceptance_rate"], np.minimum(1, np.exp(-error)), rtol=1e-9)
    accepted = info["is_accepted"]
    np.testing.assert_allclose(
        info["samples"]["a"], np.where(accepted, end[0], A), rtol=1e-9)
    np.testing.assert_allclose(
        info["samples"]["b"], np.where(accepted[:, None], end[1], B), rtol=1e-9)
    assert accepted[info["acceptance_rate"] == 1].all()
    np.testing.assert_allclose(info["updated_step_size"], step_size)
    for log_prob, (a, b) in [(info["orig_log_prob"], (A, B)),
                             (info["log_prob"], info["samples"].values())]:
        gap = log_prob - chains.two_latents_log_joint(a, b, Y)
        np.testing.assert_allclose(gap, np.full(3, gap[0]), rtol=1e-9)


# In a graph, a fetch beside the assignment may see either value; see the next test.
@pytest.mark.parametrize("program", ["eager", "function", "xla"])
def test_variables_hold_the_samples(program):
    info, latent = one_transition(program, 0.3, 3, n_calls=4)
    assert sorted(latent) == ["a", "b"]
    for name in latent:
        np.testing.assert_array_equal(latent[name], info["samples"][name])


@pytest.mark.parametrize("use_resource", [True, False])
def test_a_session_sees_the_state_before_and_after(use_resource):
    """100 runs: no read of a variable comes after its assignment."""
    with modes.session() as sess:
        with v1.variable_scope("v", use_resource=use_resource):
            a, b = chains.variable("a", A), chains.variable("b", B)
        op, info = zs.HMC(0.4, 3).sample(
            chains.two_latents(3, "float64"), {"y": Y}, {"a": a, "b": b})
        sess.run(v1.global_variables_initializer())
        for _ in range(100):
            before = sess.run([a, b])
            _, out = sess.run([op, info])
            after = sess.run([a, b])
            gap = out.orig_log_prob - chains.two_latents_log_joint(*before, y=Y)
            np.testing.assert_allclose(gap, np.full(3, gap[0]), rtol=1e-8)
            np.testing.assert_array_equal(after[0], out.samples["a"])
            np.testing.assert_array_equal(after[1], out.samples["b"])


def small_program():
    """A target in two unlike latents, and a state of 3 chains."""
    target = Target(chains.two_latents(3, "float64"), {"y": Y}, ["a", "b"])
    state = hamiltonian.chain_state_at(target, [tf.constant(A), tf.constant(B)])
    metric = Diagonal([tf.constant(2., "float64"),
                       tf.constant([0.5, 1.5], "float64")])
    return target, state, metric


def test_leapfrogs_are_reversible(mode):
    @tf.autograph.experimental.do_not_convert  # fails on MetaBayesianNet in 1.15
    def there_and_back():
        target, state, metric = small_program()
        momentum = [tf.ones([3], "float64"), 2 * tf.ones([3, 2], "float64")]
        end, p = hamiltonian.leapfrog(state, momentum, target, 0.1, 25, metric)
        back, p = hamiltonian.leapfrog(end, [-x for x in p], target, 0.1, 25, metric)
        return end.position, back.position, p

    end, back, momentum = modes.run(mode, there_and_back)
    assert np.abs(end[0] - A).min() > 0.1
    np.testing.assert_allclose(back[0], A, rtol=1e-11)
    np.testing.assert_allclose(back[1], B, rtol=1e-11)
    np.testing.assert_allclose(momentum[1], -2 * np.ones([3, 2]), rtol=1e-11)


def test_the_energy_error_is_of_second_order():
    def errors(n_leapfrogs):
        target, state, metric = small_program()
        momentum = [tf.ones([3], "float64"), 2 * tf.ones([3, 2], "float64")]
        end, p = hamiltonian.leapfrog(
            state, momentum, target, 1. / n_leapfrogs, n_leapfrogs, metric)
        return (hamiltonian.hamiltonian(end, p, metric)
                - hamiltonian.hamiltonian(state, momentum, metric))

    coarse, fine = [modes.run("eager", lambda n=n: errors(n)) for n in (50, 100)]
    np.testing.assert_allclose(coarse / fine, np.full(3, 4.), rtol=0.02)


@every_program
@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
def test_scalar_chains_of_any_axes(program, shape):
    """One latent without data axes; chain axes (), (5,), (2, 3)."""
    def make():
        x = chains.variable("x", np.zeros(shape, "float32"))
        hmc = zs.HMC(0.5, 2, adapt_step_size=True, adapt_mass=True)

        def step():
            return hmc.sample(lambda v: -v["x"] ** 2, {}, {"x": x})[1].samples["x"]

        return step

    def go():
        return chains.run(program, make)()

    if len(shape) < 2:
        assert go().shape == shape
    else:
        with pytest.warns(UserWarning, match="a separate chain"):
            assert go().shape == shape


def test_leapfrogs_in_a_loop_match_unrolled_ones():
    def end(n):
        def target(x):
            return -tf.reduce_sum(x[0] ** 4, -1), [-4. * x[0] ** 3]
        metric = Diagonal([tf.ones([2], "float64")])
        state = hamiltonian.chain_state_at(
            target, [tf.constant([[1., -0.5]], "float64")])
        momentum = [tf.constant([[0.3, 0.7]], "float64")]
        return hamiltonian.leapfrog(state, momentum, target, 0.1, n, metric)

    with chains.eagerly():
        for n in 1, 10, 11, 15:
            for x, y in zip(*map(tf.nest.flatten, (end(n), end(tf.constant(n))))):
                np.testing.assert_allclose(x, y, rtol=1e-12)


def test_an_eager_transition_evaluates_once_per_leapfrog_plus_once():
    calls = []

    def log_joint(values):
        calls.append(1)
        return -tf.reduce_sum(values["x"] ** 2)

    def make():
        x, hmc = chains.variable("x", np.ones(3)), zs.HMC(0.1, 7)
        return lambda: hmc.sample(log_joint, {}, {"x": x})[1].samples["x"]

    modes.program("eager", make)()
    assert len(calls) == 8


@every_program
def test_proposals_with_nan_or_inf_density_are_rejected(program):
    if program == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 takes the log of nan for a number")

    def make():
        x = chains.variable("x", np.ones([4, 1]))

        def log_joint(values):  # nan for x < 0, inf for x > 2
            x = values["x"][:, 0]
            return tf.where(x > 2, x / 0, tf.math.log(x))

        hmc = zs.HMC(3., 2)
        return lambda: flat(hmc.sample(log_joint, {}, {"x": x})[1])

    info = chains.run(program, make)()
    np.testing.assert_array_equal(info["samples"]["x"], np.ones([4, 1]))
    np.testing.assert_array_equal(info["log_prob"], np.zeros(4))
    np.testing.assert_array_equal(info["acceptance_rate"], np.zeros(4))
    assert info["is_divergent"].all() and not info["is_accepted"].any()


@pytest.mark.parametrize("start", [np.nan, -1.])
def test_nan_at_the_start_raises(mode, start):
    def make():
        x = chains.variable("x", np.full([2], start))
        hmc = zs.HMC(0.1, 2)
        return lambda: hmc.sample(
            lambda v: tf.reduce_sum(tf.math.log(v["x"])), {}, {"x": x})[1].log_prob

    if mode == "xla":
        pytest.skip("XLA compiles no assertions")
    with pytest.raises(tf.errors.InvalidArgumentError,
                       match="Try better initialization"):
        modes.program(mode, make)()


def test_gathered_latents_have_dense_gradients(mode):
    """A gradient of tf.gather is no dense Tensor."""
    def make():
        x = chains.variable("x", np.zeros([4, 2]))
        rows = tf.constant([0, 2, 2])
        hmc = zs.HMC(0.1, 1)

        def step():
            info = hmc.sample(
                lambda v: tf.reduce_sum(tf.gather(v["x"], rows)), {}, {"x": x})[1]
            return info.samples["x"], info.init_momentum["x"]

        return step

    x, p = modes.program(mode, make)()
    slope = np.array([1., 0., 2., 0.])[:, None]
    np.testing.assert_allclose(x, 0.1 * (p + 0.05 * slope))


def test_one_object_serves_many_models(mode):
    def make():
        x, y = [chains.variable(n, np.zeros(s)) for n, s in [("x", 2), ("y", [3, 4])]]
        hmc = zs.HMC(0.1, 2, adapt_step_size=True, adapt_mass=True)

        def step():
            results = [
                hmc.sample(lambda v: -tf.reduce_sum(v["z"] ** 2, -1), {}, {"z": z})
                for z in (x, y, x)]
            return [(op, info.samples["z"]) for op, info in results]

        return step

    shapes = [x.shape for _, x in modes.program(mode, make)()]
    assert shapes == [(2,), (3, 4), (2,)]


# -- Errors ---------------------------------------------------------------------

def sample(log_joint, latent, observed=None, **settings):
    return zs.HMC(**settings).sample(log_joint, observed or {}, latent)


def square(values):
    return -tf.reduce_sum(values["x"] ** 2, -1)


def test_adapt_mass_without_adapt_step_size_raises():
    with pytest.raises(ValueError, match="adapt_step_size must be given"):
        zs.HMC(adapt_mass=True)


def test_a_latent_that_is_not_a_variable_raises():
    with pytest.raises(TypeError, match="'x' must be a tf.Variable"):
        sample(square, {"x": np.zeros(3)})
    with pytest.raises(TypeError, match="must be a dict"):
        sample(square, [tf.zeros(3)])


@pytest.mark.parametrize("dtypes", [["float16"], ["int32"], ["float32", "float64"]])
def test_unsuitable_dtypes_of_latents_raise(dtypes):
    latent = {d: tf.Variable(np.zeros(3, d)) for d in dtypes}
    with pytest.raises(TypeError, match="one dtype, float32 or float64.*" + dtypes[0]):
        sample(square, latent)


def test_a_density_of_another_dtype_raises():
    with pytest.raises(TypeError, match="dtype float32, but the latents have float64"):
        sample(lambda v: tf.zeros([]), {"x": tf.Variable(np.zeros(3))})


def test_a_wrong_rank_shows_all_shapes():
    latent = {"x": tf.Variable(tf.zeros([4, 3])), "y": tf.Variable(tf.zeros([4]))}
    with pytest.raises(ValueError, match=r"(?s)but it is \(4, 3\).*'x': \(4, 3\), "
                                         r"'y': \(4,\)"):
        sample(lambda v: v["x"] * v["y"][:, None], latent)
    with pytest.raises(ValueError, match=r"but it is \(3,\).*group_ndims"):
        sample(lambda v: tf.reduce_sum(v["x"], 0) + v["y"][0], latent)


def test_a_latent_that_is_not_in_the_model_raises():
    latent = {n: tf.Variable(tf.zeros([3])) for n in ("a", "c")}
    latent["b"] = tf.Variable(tf.zeros([3, 2]))
    with pytest.raises(ValueError, match="`latent` has an initial value of 'c', but"):
        sample(chains.two_latents(3), latent, {"y": Y})
    with pytest.raises(ValueError, match="does not depend on the latent 'x'"):
        sample(lambda v: v["a"], {"a": latent["a"], "x": latent["c"]})


def test_a_latent_that_is_also_observed_raises():
    with pytest.raises(ValueError, match="'x' is both in"):
        sample(square, {"x": tf.Variable(tf.zeros([3]))}, {"x": 0.})
