"""The tables of the page "From TensorFlow Probability to ZhuSuan", run on both sides.

Nothing here is random: samples have fixed seeds, and densities are compared at the same
points.
"""
import inspect
import re

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
import tfp_equivalents
from case_programs import eagerly
from optional_tfp import require_tfp

import zhusuan as zs
from zhusuan.distributions.tfp import adapt_bijector

DISTRIBUTIONS = tfp_equivalents.rows("`tfp.distributions`")
BIJECTORS = tfp_equivalents.rows("`tfp.bijectors`")


def with_ids(rows, slow_if=lambda row: False):
    return [pytest.param(row, id=row.tfp,
                         marks=pytest.mark.slow if slow_if(row) else ())
            for row in rows]


@pytest.mark.parametrize("package", [
    "distributions", "bijectors", "layers", "mcmc", "vi"])
def test_tables_name_everything_public(package):
    module = getattr(require_tfp(), package)
    public = {name for name in dir(module) if not name.startswith("_")
              and callable(getattr(module, name))}
    named = {row.name for row in tfp_equivalents.rows("`tfp.%s`" % package)}
    assert public - named == set() and named - public == set()


@pytest.mark.parametrize("package", ["mcmc", "vi"])
def test_names_of_equivalents_exist(package):
    for row in tfp_equivalents.rows("`tfp.%s`" % package):
        if row.ours is not None and "(" not in row.ours:
            assert callable(eval(row.ours, {"zs": zs})), row


def test_names_of_other_packages_exist():
    tfp = require_tfp()
    page = tfp_equivalents.PAGE.read_text(encoding="utf-8")
    names = re.findall(r"`((?:tfp|zs)(?:\.\w+)+)", page)
    assert len(names) > 50
    for name in names:
        eval(name, {"tfp": tfp, "zs": zs})  # AttributeError if it is missing


# -- Distributions --------------------------------------------------------------------

def points_of(dist, tfp):
    """Seven samples of a distribution of TensorFlow Probability."""
    if type(dist).__name__ == "FlatDirichlet":  # its `sample` fails with NumPy 2
        dist = tfp.distributions.Dirichlet(tf.ones(dist.event_shape))
    return dist.sample(7, seed=[1, 2])


@eagerly
@pytest.mark.parametrize("row", with_ids(
    row for row in DISTRIBUTIONS if row.is_call and row.ours and row.is_class))
def test_log_prob_of_equivalents_agrees(row):
    tfp = require_tfp()
    theirs, ours = tfp_equivalents.evaluate(row, tfp, tfp.distributions)
    x = points_of(theirs, tfp)
    want = theirs.log_prob(x)
    if not ours.is_continuous:
        x = tf.cast(x, ours.dtype)
    assert np.isfinite(want).all()
    np.testing.assert_allclose(
        ours.log_prob(x), want, rtol=1e-6 if want.dtype == tf.float64 else 1e-5)


@eagerly
@pytest.mark.parametrize("row", with_ids(
    [row for row in DISTRIBUTIONS if row.is_call and row.is_class],
    slow_if=lambda row: row.ours is not None or row.name == "BetaQuotient"))
def test_distributions_of_tfp_are_nodes(row):
    tfp = require_tfp()
    dist, _ = tfp_equivalents.evaluate(row, tfp, tfp.distributions)
    if row.name == "FlatDirichlet":
        x = points_of(dist, tfp)
    else:
        x = zs.BayesianNet().stochastic("x", dist, n_samples=3).tensor
    node = zs.BayesianNet({"x": x}).stochastic("x", dist)
    assert x.shape[1:].is_compatible_with(dist.batch_shape + dist.event_shape)
    assert np.isfinite(node.cond_log_p).any()  # BetaQuotient also has nan
    np.testing.assert_allclose(node.cond_log_p, dist.log_prob(x), rtol=1e-6)


@eagerly
@pytest.mark.parametrize("row", with_ids(
    row for row in DISTRIBUTIONS if row.is_call and not row.is_class))
def test_functions_of_distributions_agree(row):
    tfp = require_tfp()
    theirs, ours = tfp_equivalents.evaluate(row, tfp, tfp.distributions)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("row", with_ids(
    row for row in DISTRIBUTIONS if not row.is_call))
def test_rows_without_a_call_are_not_to_be_wrapped(row):
    """Base classes, functions, joint distributions and a network of Keras 2."""
    tfd = require_tfp().distributions
    law = getattr(tfd, row.name)
    if inspect.isclass(law) and issubclass(law, tfd.Distribution):
        assert (row.notes in ("base class", "requires Keras 2")
                or "#joint-distributions" in row.notes)
    assert (row.ours is not None) == hasattr(zs.distributions, row.name)


# -- Bijectors ------------------------------------------------------------------------

# The log determinant of TensorFlow Probability less ours, for the values of the table.
LOG_DET_DIFFERENCES = {"SoftmaxCentered": 0.5 * np.log(4.)}


@pytest.fixture
def reshape_as_in_numpy_1(monkeypatch):
    """`newshape=` of `np.reshape`, which TensorFlow Probability 0.25 needs."""
    reshape = np.reshape

    def reshape_as_before(a, shape=None, newshape=None, **kwargs):
        return reshape(a, shape if newshape is None else newshape, **kwargs)

    monkeypatch.setattr(np, "reshape", reshape_as_before)


@eagerly
@pytest.mark.parametrize("row", with_ids(
    row for row in BIJECTORS if row.is_call and row.ours))
def test_equivalent_bijectors_agree(row, reshape_as_in_numpy_1):
    tfp = require_tfp()
    theirs, ours = tfp_equivalents.evaluate(row, tfp, tfp.bijectors, tf.float32)
    x = tfp_equivalents.value_in_domain(row.name)
    np.testing.assert_allclose(ours.forward(x), theirs.forward(x), rtol=1e-6)
    want = theirs.forward_log_det_jacobian(x, event_ndims=1)
    log_det = tf.reduce_sum(ours.forward_log_det_jacobian(x))
    np.testing.assert_allclose(
        log_det + LOG_DET_DIFFERENCES.get(row.name, 0.), want, rtol=1e-6)


@eagerly
@pytest.mark.parametrize("row", with_ids(
    [row for row in BIJECTORS if row.is_call],
    slow_if=lambda row: row.ours is not None))
def test_bijectors_of_tfp_are_adapted(row, reshape_as_in_numpy_1):
    tfp = require_tfp()
    theirs, _ = tfp_equivalents.evaluate(row, tfp, tfp.bijectors, tf.float32)
    ours = adapt_bijector(theirs)
    x = tfp_equivalents.value_in_domain(row.name)
    y = ours.forward(x)
    np.testing.assert_allclose(y, theirs.forward(x))
    np.testing.assert_allclose(
        ours.forward_log_det_jacobian(x),
        theirs.forward_log_det_jacobian(x, event_ndims=ours.input_ndims))
    n_other = x.shape.rank - ours.input_ndims
    for lengths in x.shape.as_list(), tf.unstack(tf.shape(x)):
        assert [int(n) for n in ours.forward_lengths(lengths[n_other:])] == (
            y.shape.as_list()[n_other:])
    np.testing.assert_allclose(ours.inverse(y), x, rtol=1e-4)
    assert np.all(ours.contains(y))


@pytest.mark.parametrize("row", with_ids(row for row in BIJECTORS if not row.is_call))
def test_rows_without_a_call_are_no_bijectors_of_tensors(row):
    assert re.match("base class|network|not injective|changes variables|deprecated|"
                    "inexact inverse|random log determinant|maps several parts|for "
                    "bijectors of several parts", row.notes)
    assert (row.ours is not None) == hasattr(zs.distributions.bijectors, row.name)
