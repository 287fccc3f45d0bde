"""The sampler that the documentation writes, with all that the base class adds."""
from pathlib import Path

import chains
import modes
import numpy as np
import pytest
from markdown_code import code_blocks
from scipy import stats

import zhusuan as zs
from zhusuan import diagnostics

PAGE = Path(__file__).parent.parent / "docs" / "tutorials" / "own-sampler.md"
page = {"__name__": "page"}
exec(code_blocks(PAGE.read_text(encoding="utf-8"), "python")[0], page)
RandomWalkMetropolis = page["RandomWalkMetropolis"]

PLACES = {"session": False, "eager": False}
if not modes.IS_TF1:
    PLACES.update({"session-xla": True, "eager-xla": True})
Y, SHAPE, RATE = np.array([3., 5., 4., 2.]), 2., 1.


@zs.meta_bayesian_net()
def rates():
    """The posterior of `rate` is Gamma(SHAPE + sum(Y), RATE + len(Y))."""
    bn = zs.BayesianNet()
    rate = bn.gamma("rate", np.float64(SHAPE), RATE)
    bn.poisson("y", rate.tensor[..., None] * np.ones(4), group_ndims=1)
    return bn


def run(place, n_samples=500, sampler=None, **options):
    options = dict({"n_chains": 20, "seed": 1, "progress_bar": False,
                    "jit_compile": PLACES[place], "thin": 4}, **options)
    with modes.session() if place.startswith("session") else chains.eagerly():
        return (sampler or RandomWalkMetropolis(0.4)).run(
            rates(), {"y": Y}, {"rate": np.float64(1.)}, n_samples, 100, **options)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_draws_have_the_moments_of_the_posterior(place):
    """In the range of its constraint.

    Failure rate: two estimates of 4 standard errors, 1e-4 together; the seed is fixed.
    """
    out = run(place)
    x, law = out["rate"], stats.gamma(SHAPE + Y.sum(), scale=1. / (RATE + len(Y)))
    assert x.shape == (500, 20) and (x > 0.).all()
    assert abs(x.mean() - law.mean()) < 4. * diagnostics.mcse(x)
    squares = (x - law.mean()) ** 2
    assert abs(squares.mean() - law.var()) < 4. * diagnostics.mcse(squares)
    assert set(out.statistics) == {"acceptance_rate", "is_accepted"}
    assert out.statistics["is_accepted"].shape == (500, 20)
    rate = out.statistics["acceptance_rate"].mean()
    assert 0.1 < rate < 0.9
    assert out.statistics["is_accepted"].mean() == pytest.approx(rate, abs=0.02)


@pytest.mark.parametrize("place", ["session", "eager"])
def test_resumed_draws_are_those_of_an_uninterrupted_run(place, tmp_path):
    path = str(tmp_path / "chains.npz")
    run(place, 7).save(path)
    whole = run(place, 20)
    np.testing.assert_array_equal(run(place, 20, resume=path)["rate"], whole["rate"])


def test_chains_that_never_move_name_the_advice():
    with pytest.warns(UserWarning, match="never moved.*Take a smaller scale"):
        run("eager", 30, RandomWalkMetropolis(1e4))


@pytest.mark.parametrize("mode", ["graph", "eager", "function"])
def test_sample_moves_variables(mode):
    """Failure rate: 400 chains, mean and variance within 4 standard errors."""
    def make():
        x = chains.variable("x", np.zeros([400, 2]))
        sampler = RandomWalkMetropolis(1.)

        def step(number):
            with zs.seeded(number):
                op, info = sampler.sample(
                    chains.gaussian(np.diag([1., 4.])), {}, {"x": x})
            return op, info.samples["x"], info.transition.is_accepted
        return step

    step = modes.program(mode, make)
    for i in range(60):
        _, x, is_accepted = step(np.int64(i))
    assert x.shape == (400, 2) and is_accepted.shape == (400,)
    assert 0.1 < is_accepted.mean() < 0.9
    sd = np.array([1., 0.5])
    assert (np.abs(x.mean(0)) < 4. * sd / 20.).all()
    assert (np.abs(x.var(0) / sd ** 2 - 1.) < 4. * (2. / 400) ** 0.5).all()


def test_constrained_latents_stay_in_range():
    """A Dirichlet prior has a known mean. Failure rate: three of 4 standard errors."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.dirichlet("p", np.array([2., 3., 5.]))
        return bn

    with chains.eagerly():
        out = RandomWalkMetropolis(0.7).run(
            model(), {}, {"p": np.full(3, 1. / 3.)}, 400, 100, n_chains=20, thin=4,
            seed=2, progress_bar=False, jit_compile=False)
    np.testing.assert_allclose(out["p"].sum(-1), 1.)
    assert (np.abs(out["p"].mean((0, 1)) - [0.2, 0.3, 0.5])
            < 4. * diagnostics.mcse(out["p"])).all()


def test_what_a_sampler_keeps_must_be_constant():
    class Keeps(RandomWalkMetropolis):
        kept_fields = ("log_prob",)

    with modes.session():
        x = chains.variable("x", np.zeros(3))
        with pytest.raises(ValueError, match="must be constant"):
            Keeps(1.).sample(lambda v: -v["x"] ** 2, {}, {"x": x})


def test_a_sampler_without_init_names_its_class():
    class Nothing(zs.mcmc.Sampler):
        pass

    with chains.eagerly(), pytest.raises(
            NotImplementedError, match="Nothing is not a sampler.*init and step"):
        Nothing().run(lambda v: -v["x"] ** 2, {}, {"x": np.zeros(3)}, 1, 0)


@pytest.mark.parametrize("method, value, error", [
    ("init", lambda state: state.position,
     "init must return a named tuple.*`position`"),
    ("init", lambda state: state._replace(position=state.position[0]),
     "init: the position must have the structure"),
    ("step", lambda state: state, "step must return a pair.*class State"),
    ("step", lambda state: None, "step must return a pair.*returns None"),
    ("step", lambda state: (state.position, ()),
     "step must return a state of the type.*State, but"),
    ("step", lambda state: (state, {"a": state.log_prob}),
     "step must return a named tuple of stat"),
    ("step", lambda state: (state._replace(position=[
        x[:1] for x in state.position]), ()), "step: the field `position` must have"),
    ("statistics", lambda state: [state.log_prob], "statistics must return a dict"),
    ("statistics", lambda state: {"a": state.log_prob[:2]},
     "statistics: 'a' must have the shape of the chain axes, \\[3\\]"),
    ("adaptation", lambda _: None, "adaptation must return a zs.mcmc.Adaptation")])
def test_a_wrong_result_names_the_method(method, value, error):
    def init(self, position, target):
        return value(RandomWalkMetropolis.init(self, position, target))

    def of_state(self, state=None, *_):
        return value(state)

    faulty = type("Faulty", (RandomWalkMetropolis,), {
        method: init if method == "init" else of_state})
    with chains.eagerly(), pytest.raises(
            (TypeError, ValueError), match="Faulty." + error):
        faulty(1.).run(lambda v: -v["x"] ** 2, {}, {"x": np.zeros(3)}, 2, 0,
                       progress_bar=False, jit_compile=False)


@pytest.mark.parametrize("kept", ["log_prob", ("nothing",)])
def test_kept_fields_must_be_fields_of_the_state(kept):
    class Faulty(RandomWalkMetropolis):
        kept_fields = kept

    with chains.eagerly(), pytest.raises(
            ValueError, match="Faulty.kept_fields must be"):
        Faulty(1.).sample(lambda v: -v["x"] ** 2, {},
                          {"x": chains.variable("x", np.zeros(3))})
