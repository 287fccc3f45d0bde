"""Data of runs: arguments of the compiled program, held once."""
import json
import os
import subprocess
import sys

import chains as chain_models
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf

import zhusuan as zs

JIT = [False] if modes.IS_TF1 else [False, True]
Y = np.array([1., -0.5, 2., 0.3, 1.7])
X = np.arange(10.).reshape(5, 2) / 10.


def run(sampler, model, observed=None, jit_compile=False, **options):
    options = dict({"n_samples": 20, "n_warmup": 10, "seed": 1, "n_chains": 3,
                    "progress_bar": False, "latent": {"w": np.zeros(2)}}, **options)
    with chain_models.eagerly():
        return sampler.run(model, observed or {}, jit_compile=jit_compile, **options)


def sampler():
    return zs.HMC(0.3, 3, adapt_step_size=True, adapt_mass=True)


N_CALLS = []


@zs.meta_bayesian_net()
def linear(x, family="normal"):
    N_CALLS.append(1)
    bn = zs.BayesianNet()
    w = bn.normal("w", np.zeros(2), std=1., group_ndims=1)
    mean = tf.reduce_sum(w.tensor[..., None, :] * x, -1)
    if family == "normal":
        bn.normal("y", mean, std=0.5, group_ndims=1)
    elif family == "bernoulli":
        bn.bernoulli("y", mean, group_ndims=1)
    elif family == "categorical":
        bn.categorical("y", tf.stack([mean, -mean, 2. * mean], -1), group_ndims=1)
    else:
        bn.poisson("y", tf.exp(mean), group_ndims=1)
    return bn


def of_function(y, x=X):
    def log_joint(values):
        mean = tf.reduce_sum(values["w"][..., None, :] * x, -1)
        return -0.5 * (tf.reduce_sum((tf.cast(y, tf.float64) - mean) ** 2, -1) / 0.25
                       + tf.reduce_sum(values["w"] ** 2, -1))
    return log_joint, {}


def of_values(y):
    return lambda values: of_function(values["y"])[0](values), {"y": y}


def with_tensor(y):
    with chain_models.eagerly():
        return of_function(tf.constant(y))


def partly_observed(y):
    return linear(X), {"y": zs.PartialObservation(y, [True, True, False, True, True])}


COUNTS = np.array([1, 0, 0, 1, 1], "int32")
# Models of data, with two data sets.
MODELS = {
    "normal": (lambda y: (linear(X), {"y": y}), Y, Y[::-1] + 1.),
    "list": (lambda y: (linear(X), {"y": list(y)}), Y, Y[::-1] + 1.),
    "inputs": (lambda x: (linear(x), {"y": Y}), X, X ** 2),
    "bernoulli": (lambda y: (linear(X, "bernoulli"), {"y": y}), COUNTS, 1 - COUNTS),
    "categorical": (
        lambda y: (linear(X, "categorical"), {"y": y}), COUNTS, 2 * COUNTS),
    "poisson": (lambda y: (linear(X, "poisson"), {"y": y}), COUNTS, 3 * COUNTS + 1),
    "partial": (partly_observed, Y, 2. * Y),
    "closure": (of_function, Y, Y + 1.), "counts": (of_function, COUNTS, COUNTS + 1),
    "function": (of_values, Y, Y + 1.), "tensor": (with_tensor, Y, Y + 1.)}


@pytest.mark.parametrize("name, jit_compile", [
    pytest.param(name, jit_compile,
                 marks=() if name == "bernoulli" else pytest.mark.slow)
    for jit_compile in JIT for name in MODELS])
def test_other_data_use_the_program_again(n_programs, name, jit_compile):
    make, data, other = MODELS[name]
    one = sampler()
    first = run(one, *make(data), jit_compile=jit_compile)["w"]
    second = run(one, *make(other), jit_compile=jit_compile)["w"]
    assert len(n_programs) == 1
    fresh = run(sampler(), *make(other), jit_compile=jit_compile)["w"]
    assert (second != first).any()
    np.testing.assert_array_equal(second, fresh)


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", JIT)
def test_a_later_run_traces_the_model_once(jit_compile):
    """Eager evaluations apart, and whatever the number of leapfrogs."""
    for n_leapfrogs in 2, 9:
        one, traces = zs.HMC(0.1, n_leapfrogs, adapt_step_size=True), []

        def log_joint(values, traces=traces):
            traces.append(not tf.executing_eagerly())
            return of_function(Y)[0](values)

        run(one, log_joint, jit_compile=jit_compile)
        n_first = sum(traces)
        run(one, log_joint, jit_compile=jit_compile)
        assert n_first == 1 and sum(traces) == 2


def test_data_of_another_shape_compile_anew(n_programs):
    one = sampler()
    for n in 5, 3, 5:
        out = run(one, linear(X[:n]), {"y": Y[:n]})["w"]
        np.testing.assert_array_equal(
            out, run(sampler(), linear(X[:n]), {"y": Y[:n]})["w"])
    assert len(n_programs) == 2 + 3


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", JIT)
def test_draws_of_other_data_have_their_posterior(jit_compile):
    """The posterior is normal. Failure rate: 4 means, 5 standard errors each."""
    one = zs.NUTS()
    for y in Y, 3. - Y:
        x = run(one, linear(X), {"y": y}, jit_compile, n_samples=1000,
                n_warmup=300)["w"]
        precision = np.eye(2) + X.T.dot(X) / 0.25
        mean = np.linalg.solve(precision, X.T.dot(y) / 0.25)
        error = np.abs(x.mean((0, 1)) - mean)
        assert (error < 5. * zs.diagnostics.mcse(x)).all()
        np.testing.assert_allclose(
            x.std((0, 1)), np.sqrt(np.diag(np.linalg.inv(precision))), rtol=0.15)


def test_a_sampler_may_evaluate_several_proposals_at_once():
    """Its program is not reused, since the data of such calls are constants."""
    class Twice(zs.SGLD):
        def step(self, state, target, parameters):
            both = [tf.concat([x, x], 0) for x in state.position]
            log_prob, _ = target(both)
            state, info = super().step(state, target, parameters)
            return state._replace(position=[
                x + 0. * log_prob[:3, None] for x in state.position]), info

    one = Twice(0.01)
    run(one, *of_function(Y))
    # Draws of SGLD, to which the second density adds 0.
    np.testing.assert_array_equal(run(one, *of_function(Y + 1.))["w"],
                                  run(zs.SGLD(0.01), *of_function(Y + 1.))["w"])


PROGRAM = """
import json, resource, sys
import numpy as np
import tensorflow.compat.v2 as tf
tf.compat.v1.enable_eager_execution()
import zhusuan as zs

n = int(sys.argv[1])
x = np.random.RandomState(0).random_sample(25 * n).astype("float32").reshape(n, 25)
y = (x[:, 0] > 0.5).astype("float32")

@zs.meta_bayesian_net()
def model():
    bn = zs.BayesianNet()
    w = bn.normal("w", tf.zeros([25]), std=1., group_ndims=1)
    bn.bernoulli("y", tf.matmul(w.tensor, x, transpose_b=True), group_ndims=1,
                 dtype=tf.float32)
    return bn

def log_joint(values):
    logits = tf.matmul(values["w"], x, transpose_b=True)
    return tf.reduce_sum(y * logits - tf.nn.softplus(logits), -1)

for target, observed in (log_joint, {}), (model(), {"y": y}):
    zs.HMC(1e-4, 10).run(target, observed, {"w": np.zeros(25, "float32")}, 3, 0,
                         n_chains=2, progress_bar=False)
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                  x.nbytes + y.nbytes]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="bytes of maxrss")
def test_a_million_rows_are_held_once():
    """Constants of the program would take 20 GB, and copies for each leapfrog 4 GB."""
    def peak_and_size(n):
        out = subprocess.check_output(
            [sys.executable, "-c", PROGRAM, str(n)], env=dict(
                os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
        return json.loads(out.decode().splitlines()[-1])

    (least, _), (peak, size) = peak_and_size(100), peak_and_size(1000000)
    assert peak - least < 1.2 * size + 1e9


def test_minibatches_of_a_function_are_not_scaled():
    """It returns one density, of which it scales the parts itself."""
    data = {"y": np.arange(20.)}
    likelihood = []

    def log_joint(values):
        likelihood.append(values["y"].shape)
        return -0.5 * values["w"] ** 2 - 5. * tf.reduce_sum(
            (values["y"] - values["w"][..., None]) ** 2, -1)

    draws = run(zs.SGHMC(1e-3), log_joint, latent={"w": np.zeros([])}, data=data,
                batch_size=2)["w"]
    assert np.isfinite(draws).all() and likelihood[0] == (2,)
    with pytest.raises(ValueError, match="omit n_data="):
        run(zs.SGHMC(1e-3), log_joint, latent={"w": np.zeros([])}, data=data,
            batch_size=2, n_data=20)


@pytest.mark.parametrize("second", [10, 21])
@pytest.mark.parametrize("n_data", [None, 30])
def test_minibatches_of_other_shapes_raise(n_data, second):
    data = [{"x": np.ones([n, 2]), "y": np.ones(n)} for n in (20, second)]
    with pytest.raises(ValueError, match="all minibatches must have the same names and "
                                         "shapes, but two have"):
        run(zs.SGHMC(1e-3), linear(), data=data, n_data=n_data)
