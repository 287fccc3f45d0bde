"""Latents with constraints: exact moments, exact steps, deduction from models."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from cases import CASES

import zhusuan as zs
from zhusuan import diagnostics
from zhusuan._model import constraints, supports
from zhusuan.distributions import bijectors


@zs.meta_bayesian_net()
def constrained(n):
    """Latents of every kind, with n chains; the last one is ordered by the user."""
    bn = zs.BayesianNet()
    zero = tf.zeros([], "float64")
    bn.gamma("rate", zero + 3., zero + 2., n_samples=n)
    bn.beta("share", zero + 2., zero + 4., n_samples=n)
    bn.dirichlet("parts", tf.constant([1., 2., 5.], "float64"), n_samples=n)
    bn.uniform("angle", zero - 1., zero + 3., n_samples=n)
    bn.stochastic("beyond", zs.distributions.TruncatedNormal(
        zero, zero + 1., zero - np.inf, zero - 1.), n_samples=n)
    bn.normal("cuts", tf.zeros([3], "float64"), std=1., n_samples=n, group_ndims=1)
    bn.normal("free", zero, std=1., n_samples=n)
    return bn


def start(n):
    return {"rate": np.ones(n), "share": np.full(n, 0.5),
            "parts": np.full([n, 3], 1. / 3.), "angle": np.zeros(n),
            "beyond": np.full(n, -2.), "cuts": np.tile([-1., 0., 1.], [n, 1]),
            "free": np.zeros(n)}


# The largest of three standard normals has the mean 1.5 / sqrt(pi).
TOP = 1.5 / np.sqrt(np.pi)
# E[-x | x > 1] of a standard normal.
TAIL = np.exp(-0.5) / np.sqrt(2. * np.pi) / 0.15865525393145707
MEANS = {"rate": 1.5, "share": 1. / 3., "parts": np.array([1., 2., 5.]) / 8.,
         "angle": 1., "beyond": -TAIL, "cuts": [-TOP, 0., TOP], "free": 0.}
SQUARES = {"rate": 0.75 + 1.5 ** 2, "share": 2. / 63. + 1. / 9.,
           "parts": np.array([1. * 2., 2. * 3., 5. * 6.]) / 72.,
           "angle": 7. / 3., "beyond": 1. + TAIL,
           "cuts": 1. + np.sqrt(3.) / np.pi * np.array([0.5, -1., 0.5]), "free": 1.}


def moments_fit(out):
    """Whether 18 means are within 5 standard errors. Failure rate below 1e-4."""
    for name in MEANS:
        for power, wanted in (1, MEANS[name]), (2, SQUARES[name]):
            x = out[name] ** power
            if (np.abs(x.mean((0, 1)) - wanted) > 5. * diagnostics.mcse(x)).any():
                return False
    return True


SAMPLERS = {"HMC": lambda: zs.HMC(0.2, 7, adapt_step_size=True),
            "NUTS": zs.NUTS}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*transitions diverged")  # one or two
@pytest.mark.parametrize("name", ["HMC", "NUTS"])
def test_runs_have_the_exact_moments(name, monkeypatch):
    """Failure rate: see `moments_fit`. Without the Jacobian, they have not."""
    def run():
        with chains.eagerly():
            return SAMPLERS[name]().run(
                constrained(20), {}, start(20), 250, 150, seed=4, progress_bar=False,
                constraints={"cuts": "ordered"},
                jit_compile=name == "NUTS" and not modes.IS_TF1)

    out = run()
    assert out.statistics["is_divergent"].mean() < 0.01
    assert (np.diff(out["cuts"], axis=-1) > 0.).all()
    np.testing.assert_allclose(out["parts"].sum(-1), 1., rtol=1e-12)
    assert moments_fit(out)
    if name == "HMC":
        monkeypatch.setattr(bijectors.Exp, "forward_log_det_jacobian",
                            lambda self, x: tf.zeros_like(x))
        assert not moments_fit(run())


@pytest.mark.slow
@pytest.mark.parametrize("name, place", [
    ("HMC", "graph"), ("HMC", "eager"), ("NUTS", "eager"), ("SGHMC", "graph"),
    ("SGLD", "eager")])
def test_a_run_matches_calls_of_sample(name, place):
    """To the rounding of the values that variables hold between transitions."""
    make_sampler = dict(SAMPLERS, SGLD=lambda: zs.SGLD(0.01),
                        SGHMC=lambda: zs.SGHMC(0.01),
                        HMC=lambda: zs.HMC(0.2, 3), NUTS=lambda: zs.NUTS(0.3))[name]
    given = {"rate": "positive", "share": "unit", "parts": "simplex",
             "angle": (-1., 3.), "beyond": (None, -1.), "cuts": bijectors.Ordered()}

    def log_joint(v):
        return (tf.math.log(v["rate"] * v["share"]) - v["rate"] - v["beyond"] ** 2
                + tf.reduce_sum(tf.math.log(v["parts"]) - v["cuts"] ** 2, -1)
                + 0. * v["angle"] - v["free"] ** 2)

    with modes.session() if place == "graph" else chains.eagerly():
        out = make_sampler().run(log_joint, {}, start(2), 3, 0, seed=1,
                                 progress_bar=False, constraints=given,
                                 jit_compile=False)

    def make():
        latent = {k: chains.variable(k, x) for k, x in start(2).items()}
        sampler = make_sampler()

        def step(number):
            with zs.seeded(tf.stack([1, number])):
                op, info = sampler.sample(log_joint, {}, latent, constraints=given)
            return op, info[0]
        return step

    step = modes.program({"eager": "function"}.get(place, place), make)
    for i in range(3):
        _, samples = step(np.int32(i))
        for k, x in samples.items():
            np.testing.assert_allclose(out[k][i], x, rtol=1e-7, atol=1e-9)


@chains.every_program
def test_a_step_of_sgld_without_noise_matches_its_formula(program, replace_draws):
    """x = exp(z); z moves by the gradient a - b x of log Gamma(x; a, b) + z."""
    replace_draws(normal=tf.zeros)

    def make():
        x = chains.variable("x", np.array([0.5, 2.]))
        sampler = zs.SGLD(0.2)

        def step():
            op, info = sampler.sample(
                lambda v: 2. * tf.math.log(v["x"]) - 0.5 * v["x"], {}, {"x": x},
                constraints={"x": "positive"})
            return op, info.q["x"]
        return step

    step = chains.run(program, make)
    x = np.array([0.5, 2.])
    for _ in range(2):
        x = x * np.exp(0.1 * (3. - 0.5 * x))
        np.testing.assert_allclose(step()[1], x, rtol=1e-12)


def test_sample_deduces_no_constraints_but_run_does():
    """`sample` deduces constraints on request; `run` by default."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.gamma("x", tf.ones([], "float64"), 1., n_samples=2)
        return bn

    with chains.eagerly():
        x = tf.Variable(np.ones(2))
        hmc = zs.HMC(0.1, 1)
        for given, jacobian in (None, 1.), ("auto", 2.):
            x.assign(np.full(2, 2.))
            _, info = hmc.sample(model(), {}, {"x": x}, constraints=given)
            np.testing.assert_allclose(
                info.orig_log_prob, -2. + np.log(jacobian), rtol=1e-12)
        free = [zs.SGLD(1e-12).run(
            model(), {}, {"x": np.full(2, 2.)}, 1, 0, progress_bar=False,
            jit_compile=False, constraints=given).state[0]
            for given in (None, "auto")]
    np.testing.assert_allclose(free[0], 2., atol=1e-4)
    np.testing.assert_allclose(free[1], np.log(2.), atol=1e-4)


def test_a_whole_run_in_a_session_reads_the_ends():
    with modes.session() as sess:
        high = v1.get_variable("high", initializer=np.float64(2.))
        sess.run(v1.global_variables_initializer())
        sess.run(high.assign(5.))

        @zs.meta_bayesian_net()
        def model():
            bn = zs.BayesianNet()
            bn.uniform("x", tf.constant(4., "float64"), high, n_samples=3)
            return bn

        out = zs.HMC(0.5, 5).run(model(), {}, {"x": np.full(3, 4.5)}, 100, 20, seed=1,
                                 progress_bar=False)
    assert ((out["x"] > 4.) & (out["x"] < 5.)).all() and out["x"].std() > 0.2


# -- Constraints of distributions ----------------------------------------------------

CONTINUOUS = [case for case in CASES if not case.is_discrete]
# Their densities are those of logs of points of a simplex; no bijector for that.
UNKNOWN = {"ExpConcrete", "ExpGumbelSoftmax"}


@pytest.mark.parametrize("case", CONTINUOUS, ids=str)
def test_free_positions_have_finite_densities(case):
    """Every free position has a density, every sample a position."""
    if case.name in UNKNOWN:
        pytest.skip("its support is not known")
    with chains.eagerly():
        dist = case.make(case.rounded_sets("float64")[0])
        spec = supports.support_of("x", dist)
        moves = constraints.Constraints({"x": spec})
        samples = dist.sample(20)
        (z,) = moves.free([samples])
        assert np.isfinite(z).all()
        far = np.random.RandomState(0).standard_normal(z.shape) * 3.
        (x,) = moves.values([tf.constant(far)])
        if case.name not in ("TransformedDistribution", "MixtureSameFamily"):
            assert np.isfinite(dist.log_prob(x)).all()


# -- Bad input --------------------------------------------------------------------

def go(given, latent=None, model=None, **options):
    with chains.eagerly():
        return zs.HMC(0.1, 1).run(
            model or (lambda v: -tf.reduce_sum(v["x"] ** 2, -1)), {},
            latent or {"x": np.full([4, 2], 0.5)}, 2, 0, progress_bar=False,
            jit_compile=False, constraints=given)


@pytest.mark.parametrize("given, message", [
    ({"y": "unit"}, "unknown latent 'y'. Known names: x"),
    ({"x": "postive"}, "latent 'x' must be \"positive\", .* but it is 'postive'"),
    ({"x": (2., 1.)}, "interval .low, high. of the latent 'x' must have low < high"),
    ({"x": ([0., -np.inf], 1.)}, "latent 'x' has finite ends for some"),
    ({"x": bijectors.Planar(np.ones(2), np.ones(2), 0.)}, "bijector with an inverse"),
    ({"x": (0.6, 1.)}, "latent 'x' must be between 0.6 and 1.*, but its initial value"),
    ({"x": "ordered"}, "latent 'x' must be increasing along its last axis")])
def test_unsuitable_constraints_raise(given, message):
    with pytest.raises(ValueError, match=message):
        go(given)


def test_simplex_constraint_keeps_the_shape_of_the_latent():
    assert go({"x": "simplex"})["x"].shape == (2, 4, 2)


def test_constraints_must_be_a_dict():
    with pytest.raises(TypeError, match="dict by the names of latents.*'positive'"):
        go("positive")


def test_vectors_need_an_axis_of_their_own():
    with pytest.raises(ValueError, match="latent 'x' .* 1 chain axes .* no axis left"):
        go({"x": "ordered"}, {"x": np.arange(3.)}, lambda v: -v["x"] ** 2)


def test_a_latent_that_the_function_ignores_raises():
    with pytest.raises(ValueError, match="does not depend on the latent 'y'"):
        go({"y": "positive"}, {"x": np.ones([4, 2]), "y": np.ones(4)})


def test_sample_names_the_value_out_of_range(mode):
    def make():
        x, hmc = chains.variable("x", np.array([1., -1.])), zs.HMC(0.1, 1)
        return lambda: hmc.sample(
            lambda v: -v["x"], {}, {"x": x}, constraints={"x": "positive"})[1].samples

    if mode == "xla":
        pytest.skip("XLA checks no numbers")
    with pytest.raises(tf.errors.InvalidArgumentError, match="'x' must be positive"):
        modes.program(mode, make)()


def test_models_whose_support_moves_or_has_gaps():
    @zs.meta_bayesian_net()
    def moving():
        bn = zs.BayesianNet()
        width = bn.gamma("width", tf.ones([], "float64"), 1.)
        bn.uniform("x", 0., width)
        bn.bernoulli("k", tf.zeros([], "float64"), dtype=tf.float64)
        return bn

    latent = {"width": np.float64(2.), "x": np.float64(1.)}
    with pytest.raises(TypeError, match="'k' follows Bernoulli, which is discrete"):
        go("auto", dict(latent, k=np.float64(1.)), moving())
    with chains.eagerly(), pytest.warns(UserWarning, match="transitions diverged"):
        out = zs.HMC(0.3, 3).run(
            moving(), {"k": 0.}, latent, 50, 0, constraints={"x": None}, seed=1,
            progress_bar=False, jit_compile=False)
    assert (out["x"] < out["width"]).all()
