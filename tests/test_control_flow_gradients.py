"""Gradients through every control flow op, in every mode, against differences."""
import control_flow
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from control_flow import OPS, POINT, PROGRAMS

import zhusuan as zs
from zhusuan._model.constraints import Constraints
from zhusuan._model.target import Target
from zhusuan._tf.gradients import differentiable
from zhusuan.distributions import bijectors

every_op = pytest.mark.parametrize("op", sorted(OPS))
every_program = pytest.mark.parametrize("program", sorted(PROGRAMS))
# XLA compiles nested loops slowly.
every_program_in_a_loop = pytest.mark.parametrize("program", [
    pytest.param(program, marks=pytest.mark.slow) if program == "xla" else program
    for program in sorted(PROGRAMS)])


# Limits of TensorFlow, by words of its errors.
BEYOND_TENSORFLOW = {
    "FakeParam": "XLA does not differentiate a branch in a loop",
    "Mismatched parent frames":
        "a session does not differentiate a loop in a branch in a branch in a loop",
    "which is not in the forward graph":
        "while_v2 of TensorFlow 1.15 does not keep custom gradients"}


def run(program, fn, *args):
    mode, is_v2 = PROGRAMS[program]
    with control_flow.version(is_v2):
        try:
            return modes.run(mode, fn, *args)
        except Exception as error:
            beyond = [why for words, why in BEYOND_TENSORFLOW.items()
                      if words in str(error)]
            if not beyond:
                raise
            pytest.skip(beyond[0])


def differences(fn, x, step=1e-5):
    """Central differences of the sum of `fn`, computed by a graph in float64."""
    steps = step * np.eye(x.size).reshape((-1,) + x.shape)
    call = modes.program("graph", lambda: lambda x: tf.reduce_sum(fn(x)))
    slopes = [(call(x + e) - call(x - e)) / (2. * step) for e in steps]
    return np.reshape(slopes, x.shape)


def gradient(fn):
    def of(x):
        y, gradients = differentiable(lambda xs: fn(*xs), [x])
        return gradients([y])[0]
    return of


@every_program
@every_op
def test_gradients_match_differences(op, program):
    slopes = run(program, gradient(OPS[op]), POINT)
    np.testing.assert_allclose(slopes, differences(OPS[op], POINT), rtol=1e-6)


@every_program_in_a_loop
@pytest.mark.parametrize("branch", [
    False, pytest.param(True, marks=pytest.mark.slow)])
@every_op
def test_gradients_in_a_loop_match_differences(op, branch, program):
    """As compiled chains take them: in the body of a loop, or there in a branch."""
    slope = gradient(OPS[op])

    def ascend(x):
        def move(i, x):
            step = tf.cond(i < 5, lambda: slope(x), lambda: x) if branch else slope(x)
            return i + 1, x + 0.01 * step
        return tf.while_loop(lambda i, _: i < 2, move, (tf.constant(0), x))[1]

    x = POINT
    for _ in range(2):
        x = x + 0.01 * differences(OPS[op], x)
    np.testing.assert_allclose(run(program, ascend, POINT), x, rtol=1e-7)


@every_program
@pytest.mark.parametrize("op", ["scan", "while_loop", "case", "a_loop_in_a_branch"])
def test_targets_have_the_gradients_of_their_log_joint(op, program):
    def log_joint(values):
        return (tf.reduce_sum(OPS[op](values["x"])) -
                0.5 * tf.reduce_sum(values["x"] ** 2))

    slopes = run(program, lambda x: Target(log_joint, {}, ["x"])([x])[1][0], POINT)
    np.testing.assert_allclose(
        slopes, differences(OPS[op], POINT) - POINT, rtol=1e-6)


@every_program
def test_dependence_between_inputs_does_not_count(program):
    def slopes(x):
        y, gradients = differentiable(
            lambda xs: control_flow.scan(xs[0]) * xs[1], [x, 3. * x])
        return gradients([y])

    by_first, by_second = run(program, slopes, POINT)
    scan = modes.run("graph", control_flow.scan, POINT)
    np.testing.assert_allclose(by_second, scan, rtol=1e-6)
    np.testing.assert_allclose(
        by_first, 3. * POINT * differences(control_flow.scan, POINT), rtol=1e-6)


@every_program
def test_densities_differentiate_in_a_loop(program):
    """They have gradients of their own, which a loop must keep."""
    def log_joint(x):
        def log_prob(total, w):
            d = zs.distributions
            return total + sum([
                d.Gamma(x, w).log_prob(w), d.StudentT(x, w, x).log_prob(w),
                d.Bernoulli(x).log_prob(tf.ones([], tf.int32)),
                d.VonMises(w, x).log_prob(w), d.Poisson(x).log_prob(3.)])
        return tf.foldl(log_prob, control_flow.weights(x),
                        initializer=tf.zeros_like(x))

    np.testing.assert_allclose(run(program, gradient(log_joint), POINT),
                               differences(log_joint, POINT), rtol=1e-5)


# -- Bijectors of users, and what is built of them ---------------------------------

class LoopingExp(bijectors.Exp):
    """``exp(x)``, whose log determinant is computed by a loop."""

    def __init__(self, op):
        self._op = op

    def forward(self, x):
        return self._summed(lambda w: tf.exp(w * 0. + x) * w)

    def forward_log_det_jacobian(self, x):
        return self._summed(lambda w: w * x)

    def _summed(self, fn):
        weights = tf.constant([0.2, 0.5, 0.3], tf.float64)
        if self._op == "scan":
            return tf.scan(lambda a, w: a + fn(w), weights, fn(weights[0]) * 0.)[-1]
        if self._op == "map_fn":
            return tf.reduce_sum(tf.map_fn(fn, weights), axis=0)
        return tf.while_loop(
            lambda i, _: i < 3, lambda i, a: (i + 1, a + fn(tf.gather(weights, i))),
            (tf.constant(0), fn(weights[0]) * 0.), maximum_iterations=3)[1]


LOOPS = ["scan", "map_fn", "while_loop"]


@every_program
@pytest.mark.parametrize("op", LOOPS)
def test_constraints_have_the_gradients_of_looping_bijectors(op, program):
    """Gamma(3, 2) of the value: the free log density is 3 x - 2 exp(x)."""
    def log_joint(values):
        return tf.reduce_sum(2. * tf.math.log(values["y"]) - 2. * values["y"])

    def slopes(x):
        target = Constraints({"y": LoopingExp(op)}).target(
            Target(log_joint, {}, ["y"]))
        return target([x])[1][0]

    np.testing.assert_allclose(
        run(program, slopes, POINT), 3. - 2. * np.exp(POINT), rtol=1e-6)


@every_program
@pytest.mark.parametrize("op", LOOPS)
def test_path_derivatives_go_through_loops(op, program):
    """The gradient of log q(y) by y = exp(x) alone, times that of y by x."""
    def slopes(x):
        dist = zs.distributions.TransformedDistribution(
            zs.distributions.Normal(0. * x, std=2.), LoopingExp(op),
            use_path_derivative=True)
        return gradient(lambda x: dist.log_prob(tf.exp(x)))(x)

    np.testing.assert_allclose(
        run(program, slopes, POINT), -POINT / 4. - 1., rtol=1e-6)


class LoopingInverse(LoopingExp):
    """``exp(x)``, whose inverse is computed by a loop, too."""

    def inverse(self, y):
        return self._summed(lambda w: w * tf.math.log(y))


@every_program
@pytest.mark.parametrize("op", LOOPS)
def test_objectives_with_path_derivatives_go_through_loops(op, program):
    """As with the same bijector without a loop."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.gamma("y", tf.constant(3., tf.float64), tf.constant(2., tf.float64))
        return bn

    def slopes_of(bijector):
        def cost(mean):
            q = zs.BayesianNet()
            with zs.seeded(3):
                q.stochastic("y", zs.distributions.TransformedDistribution(
                    zs.distributions.Normal(mean, std=0.5), bijector))
                return zs.variational.elbo(model(), {}, variational=q).sgvb(
                    path_derivative=True)
        return gradient(cost)

    mode = PROGRAMS[program][0]
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 has no seeded draws")
    np.testing.assert_allclose(
        run(program, slopes_of(LoopingInverse(op)), POINT),
        run(program, slopes_of(bijectors.Exp()), POINT), rtol=1e-6)


# -- Errors of TensorFlow ----------------------------------------------------------

def test_second_derivatives_of_version_1_loops_raise():
    def log_joint(values):
        slope, = tf.gradients(control_flow.while_loop(values["x"]), values["x"])
        return tf.reduce_sum(slope)

    with pytest.raises(Exception, match="(?i)second-order gradient"):
        run("graph", lambda x: Target(log_joint, {}, ["x"])([x])[1][0], POINT)


@pytest.mark.skipif(modes.IS_TF1, reason="not compiled by TensorFlow 1.15")
def test_loops_of_unknown_length_raise_under_xla():
    def endless(x):
        return tf.while_loop(lambda a: a[0] < 3., lambda a: (a * tf.exp(x),), (x,))[0]

    with pytest.raises(tf.errors.InvalidArgumentError, match="maximum|max num|fixed"):
        modes.run("xla", gradient(endless), POINT)
