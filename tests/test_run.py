"""Whole chains: the same draws when interrupted, saved and resumed."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan import diagnostics
from zhusuan.mcmc._run import chain_loop

PRECISION = np.diag([1., 4.])
START = {"x": np.zeros([3, 2])}

# Where a run can take place; TensorFlow 1.15 does not compile it.
PLACES = {"session": ("graph", False), "eager": ("eager", False)}
if not modes.IS_TF1:
    PLACES.update({"session-xla": ("graph", True), "eager-xla": ("eager", True)})
every_place = pytest.mark.parametrize("place", PLACES)


def run(place, sampler, model, latent, n_samples, n_warmup=0, **options):
    """`sampler.run` in one of PLACES."""
    mode, jit_compile = PLACES[place]
    options = dict({"seed": 1, "observed": {}, "progress_bar": False,
                    "jit_compile": jit_compile}, **options)
    observed = options.pop("observed")
    if mode == "graph":
        with modes.session():
            return sampler.run(
                model, observed, latent, n_samples, n_warmup, **options)
    with chains.eagerly():
        return sampler.run(model, observed, latent, n_samples, n_warmup, **options)


def hmc(step_size=0.9, **settings):
    return zs.HMC(step_size, 3, **settings)


def tuned():
    """With 3 leapfrogs, the tuned step size makes half a period: x becomes -x."""
    return zs.HMC(0.9, 4, adapt_step_size=True, adapt_mass=True)


def assert_same(one, other):
    assert one.n_samples == other.n_samples
    for name in one.draws:
        np.testing.assert_array_equal(one[name], other[name])
    for name, x in one.statistics.items():
        np.testing.assert_array_equal(x, other.statistics[name])
    assert one.warmup_statistics.keys() == other.warmup_statistics.keys()
    for name, x in one.warmup_statistics.items():
        np.testing.assert_array_equal(x, other.warmup_statistics[name])
    for x, y in zip(one.state, other.state):
        np.testing.assert_array_equal(x, y)


@every_place
def test_a_run_has_the_moments_of_its_target(place):
    """Failure rate: means within 4 standard errors, variances within 20 %."""
    out = run(place, tuned(), chains.gaussian(PRECISION), START, 1000, 200)
    x = out["x"]
    assert x.shape == (1000, 3, 2) and x.dtype == "float64"
    assert (np.abs(x.mean((0, 1))) < 4 * diagnostics.mcse(x)).all()
    assert diagnostics.ess(x).min() > 500
    np.testing.assert_allclose(x.var((0, 1)), [1., 0.25], rtol=0.2)
    assert out.statistics["acceptance_rate"].shape == (1000, 3)
    assert out.statistics["acceptance_rate"].mean() == pytest.approx(0.8, abs=0.15)
    # Adaptation has ended.
    assert len(set(out.statistics["step_size"])) == 1
    wanted = -0.5 * np.sum(x ** 2 * np.diag(PRECISION), -1)
    np.testing.assert_allclose(out.statistics["log_prob"], wanted, rtol=1e-9)


@pytest.mark.slow
@every_place
def test_a_run_resumes_from_a_file(place, tmp_path):
    """Bit for bit."""
    def go(n_samples, **options):
        return run(place, tuned(), chains.gaussian(PRECISION), START, n_samples, 25,
                   **options)

    path = str(tmp_path / "chains.npz")
    go(13).save(path)
    assert_same(go(30, resume=path), go(30))


@pytest.mark.parametrize("place", ["session", "eager"])
def test_chunks_and_interruptions_do_not_change_draws(place, monkeypatch):
    """In short chunks, and after Ctrl-C in warm-up and later: bit for bit."""
    def whole(**options):
        return run(place, tuned(), chains.gaussian(PRECISION), START, 40, 25,
                   thin=2, **options)

    uncut = whole()
    assert uncut.is_complete and uncut.n_done == 25 + 80
    monkeypatch.setattr(chain_loop, "CHUNK_DRAWS", 7)
    assert_same(whole(), uncut)

    make_chunk, calls_left = chain_loop.ChainLoop.chunk, []

    def interrupted(self, *args):
        if not calls_left:
            raise KeyboardInterrupt
        calls_left.pop()
        return make_chunk(self, *args)

    for n_chunks in 2, 6:
        calls_left[:] = [1] * n_chunks
        monkeypatch.setattr(chain_loop.ChainLoop, "chunk", interrupted)
        with pytest.warns(UserWarning, match="Interrupted after .* of 105"):
            part = whole()
        assert not part.is_complete and part.n_samples < 40
        assert part["x"].shape[1:] == (3, 2)
        monkeypatch.setattr(chain_loop.ChainLoop, "chunk", make_chunk)
        assert_same(whole(resume=part), uncut)


@every_place
def test_thinning_drops_draws_and_nothing_else(place):
    fine = run(place, hmc(), chains.gaussian(PRECISION), START, 12)
    coarse = run(place, hmc(), chains.gaussian(PRECISION), START, 4, thin=3)
    np.testing.assert_array_equal(coarse["x"], fine["x"][2::3])
    other = run(place, hmc(), chains.gaussian(PRECISION), START, 4, thin=3, seed=2)
    assert (other["x"] != coarse["x"]).any()


@every_place
def test_a_run_matches_calls_of_sample(place):
    """The same transitions with the same seeds, to rounding (XLA has others)."""
    if place.endswith("xla"):
        pytest.skip("XLA makes other numbers of the same random bits")
    out = run(place, hmc(), chains.two_latents(3, "float64"), {
        "a": np.zeros(3), "b": np.zeros([3, 2])}, 5, observed={"y": np.float64(1.5)})

    def make():
        model = chains.two_latents(3, "float64")
        latent = {"a": chains.variable("a", np.zeros(3)),
                  "b": chains.variable("b", np.zeros([3, 2]))}
        sampler = hmc()

        def step(number):
            with zs.seeded(tf.stack([1, number])):
                return sampler.sample(model, {"y": np.float64(1.5)}, latent)
        return step

    step = modes.program(PLACES[place][0], make)
    for i in range(5):
        _, info = step(np.int32(i))
        for name in "ab":
            np.testing.assert_allclose(
                out[name][i], info.samples[name], rtol=1e-9)


@pytest.mark.parametrize("use_resource", [True, False])
def test_variables_in_a_session_are_read_but_not_changed(use_resource):
    with modes.session() as sess:
        with v1.variable_scope("v", use_resource=use_resource):
            x = v1.get_variable("x", initializer=np.full([2, 1], 1e-3, "float32"))
            scale = v1.get_variable("scale", initializer=np.float32(1.))
        sess.run(v1.global_variables_initializer())
        sess.run(scale.assign(1e-3))
        out = hmc(1e-3).run(
            lambda v: -0.5 * tf.reduce_sum((v["x"] / scale) ** 2, -1),
            {}, {"x": x}, 200, 100, seed=0, progress_bar=False)
        assert (sess.run(x) == np.float32(1e-3)).all()
    assert out["x"].std() < 0.01


def test_n_chains_adds_a_first_axis():
    out = run("eager", hmc(), chains.gaussian(PRECISION), {"x": np.zeros(2)}, 20,
              n_chains=4)
    assert out["x"].shape == (20, 4, 2)
    assert out.n_chains == 4
    alone = run("eager", hmc(), chains.gaussian(PRECISION), {"x": np.zeros(2)}, 20)
    assert alone["x"].shape == (20, 2)
    assert (alone.n_chains, alone.chain_rank) == (1, 0)
    assert alone.summary().names == ["x[0]", "x[1]"]


# -- Minibatches ------------------------------------------------------------------

BATCHES = [{"y": np.full(2, float(i))} for i in range(5)]


def pulled(values):
    """The gradient of x is y[0] - x."""
    return -0.5 * (values["x"] - values["y"][..., 0]) ** 2


def follow(n):
    """SGLD's steps without noise, in numpy."""
    x, seen = 1., []
    for i in range(n):
        x += 0.1 * ((i % 5) - x)
        seen.append(x)
    return seen


@every_place
def test_each_transition_sees_the_next_minibatch(place, monkeypatch, replace_draws):
    replace_draws(normal=tf.zeros)
    monkeypatch.setattr(chain_loop, "CHUNK_DRAWS", 3)

    def go(n, **options):
        return run(place, zs.SGLD(0.2), pulled, {"x": np.float64(1.)}, n, 3,
                   thin=2, data=BATCHES, **options)

    out = go(8)
    np.testing.assert_allclose(out["x"], follow(19)[4::2])
    np.testing.assert_array_equal(go(8, resume=go(3))["x"], out["x"])


def test_a_dataset_gives_a_minibatch_to_each_transition(mode, replace_draws):
    if mode not in ("graph", "eager"):
        pytest.skip("a run is a program of its own")
    replace_draws(normal=tf.zeros)
    with modes.session() if mode == "graph" else chains.eagerly():
        data = tf.data.Dataset.from_tensor_slices(
            {"y": np.repeat(np.arange(5.), 2)}).batch(2, drop_remainder=True)
        out = zs.SGLD(0.2).run(pulled, {}, {"x": np.float64(1.)}, 8, 0, data=data,
                               progress_bar=False, jit_compile=False)
    np.testing.assert_allclose(out["x"], follow(8))


def test_unsuitable_minibatches_raise():
    def go(data, n=8):
        return run("eager", zs.SGLD(0.2), pulled, {"x": np.float64(1.)}, n,
                   data=data)

    with pytest.raises(ValueError, match="there are no minibatches"):
        go(iter(BATCHES))
    with pytest.raises(ValueError, match="there are no minibatches"):
        go([])
    with pytest.raises(TypeError, match="must be a dict.*it is a tuple"):
        go([(1, 2)])
    with pytest.raises(ValueError, match="same names and shapes.*drop_remainder"):
        go(BATCHES + [{"y": np.zeros(1)}])


# -- Results ----------------------------------------------------------------------

@pytest.fixture(scope="module")
def some():
    """Chains with two chain axes and a scalar latent too."""
    def log_joint(values):
        return (-0.5 * values["a"] ** 2
                - 0.5 * tf.reduce_sum(values["b"] ** 2, -1))

    return run("eager", hmc(), log_joint, {
        "a": np.zeros([2, 2]), "b": np.zeros([2, 2, 3])}, 50)


def test_the_summary(some):
    table = some.summary()
    assert table.names == ["a", "b[0]", "b[1]", "b[2]"]
    b = some["b"].reshape(50, 4, 3)
    np.testing.assert_allclose(table["mean"][1:], b.mean((0, 1)))
    np.testing.assert_allclose(table["50%"][1:], np.median(b, (0, 1)))
    np.testing.assert_allclose(table["rhat"][1:], diagnostics.split_rhat(b))
    lines = repr(table).splitlines()
    assert lines[0].split() == ["mean", "sd", "5%", "50%", "95%", "mcse",
                                "ess_bulk", "ess_tail", "rhat"]
    assert lines[1].split()[0] == "a" and len(set(map(len, lines))) == 1


def test_for_arviz(some):
    pytest.importorskip("arviz")
    data = some.to_arviz()
    np.testing.assert_array_equal(
        data.posterior["b"].values[3], some["b"][:, 1, 1])
    assert data.posterior["a"].shape == (4, 50)
    assert data.sample_stats["diverging"].shape == (4, 50)
    assert data.sample_stats["step_size"].shape == (4, 50)


def test_saving_and_loading(some, tmp_path):
    path = str(tmp_path / "some")
    some.save(path)
    loaded = zs.Chains.load(path)
    assert_same(loaded, some)
    assert repr(loaded) == repr(some) == "<Chains: 50 draws of 4 chains; a [], b [3]>"
    assert (loaded.seed, loaded.thin, loaded.is_complete) == (1, 1, True)
    assert [p.name for p in tmp_path.iterdir()] == ["some"]


def test_an_unwritable_path_loses_nothing(some, tmp_path):
    with pytest.raises(OSError, match="still in this object"):
        some.save(str(tmp_path / "missing" / "chains.npz"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        some.save(str(tmp_path / "folder"))
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


# -- Bad input --------------------------------------------------------------------

def test_nan_at_the_start_names_the_chains():
    start = {"x": np.array([1., -1., 2., -2.])}
    with pytest.raises(ValueError, match=(
            r"density is nan at the initial values of 2 of 4 chains \(1, 3\)\. Check")):
        run("eager", hmc(), lambda v: tf.math.log(v["x"]), start, 5)
    with pytest.raises(ValueError, match="gradient .* respect to the latent 'x'"):
        run("eager", hmc(), lambda v: tf.sqrt(v["x"]), {"x": np.zeros(3)}, 5)


def test_a_chain_that_never_moves_warns():
    with pytest.warns(UserWarning, match="2 of 2 chains never moved in 20 draws"):
        run("eager", hmc(1e4), lambda v: -v["x"] ** 4, {"x": np.ones(2)}, 20)


def test_resume_needs_the_same_run():
    def go(sampler=None, n_warmup=0, **options):
        return run("eager", sampler or hmc(), chains.gaussian(PRECISION), START, 4,
                   n_warmup, **options)

    before = go()
    with pytest.raises(ValueError, match="had n_warmup=0, but now it is 2"):
        go(n_warmup=2, resume=before)
    with pytest.raises(ValueError, match="had thin=1, but now it is 2"):
        go(thin=2, resume=before)
    with pytest.raises(ValueError, match="another kind"):
        go(zs.SGLD(0.1), resume=before)


def test_invalid_numbers_raise():
    for bad in ({"n_samples": -1}, {"thin": 0}, {"n_chains": 0}, {"seed": "one"}):
        options = dict({"n_samples": 3}, **bad)
        with pytest.raises(ValueError, match="%s must be an int" % list(bad)[0]):
            run("eager", hmc(), chains.gaussian(PRECISION), START, **options)
    with pytest.raises(TypeError, match="float32 or float64"):
        run("eager", hmc(), chains.gaussian(PRECISION),
            {"x": np.zeros([3, 2], "float16")}, 3)


def test_a_graph_needs_a_session():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="no session to run it in"):
            hmc().run(chains.gaussian(PRECISION), {}, START, 3, 0)
