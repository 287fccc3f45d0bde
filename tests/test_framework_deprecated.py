"""Names of earlier versions: they work, warn, and name their replacements."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs
from zhusuan.framework.utils import Context


def small_net():
    bn = zs.BayesianNet(observed={"z": 0.5, "x": 2.0})
    bn.normal("x", bn.normal("z", 0.0, std=1.0), std=1.0)
    return bn


LOG_Z, LOG_X = stats.norm.logpdf(0.5), stats.norm.logpdf(2.0, 0.5)


@pytest.mark.parametrize("use, old, new, expected", [
    (lambda bn: bn["x"].net is bn, "StochasticTensor.net", "StochasticTensor.bn", 1),
    (lambda bn: bn["x"].distribution is bn["x"].dist, "StochasticTensor.distribution",
     "StochasticTensor.dist", 1),
    (lambda bn: bn["x"].sample(3).shape.as_list() == [3], "StochasticTensor.sample()",
     "StochasticTensor.dist.sample()", 1),
    (lambda bn: bn["x"].log_prob(2.0), "StochasticTensor.log_prob()",
     "StochasticTensor.dist.log_prob()", LOG_X),
    (lambda bn: bn["x"].prob(2.0), "StochasticTensor.prob()",
     "StochasticTensor.dist.prob()", np.exp(LOG_X)),
    (lambda bn: bn.outputs("x"), "BayesianNet.outputs()", "BayesianNet.get()", 2.0),
    (lambda bn: bn.outputs(["x", "z"]), "BayesianNet.outputs()", "BayesianNet.get()",
     [2.0, 0.5]),
    (lambda bn: bn.local_log_prob("x"), "BayesianNet.local_log_prob()",
     "BayesianNet.cond_log_prob()", LOG_X),
    (lambda bn: bn.query("x", outputs=True), "BayesianNet.query()", "BayesianNet.get()",
     2.0),
    (lambda bn: bn.query("x", outputs=True, local_log_prob=True), "BayesianNet.query()",
     "BayesianNet.cond_log_prob()", (2.0, LOG_X)),
    (lambda bn: bn.query(["x", "z"], local_log_prob=True), "BayesianNet.query()",
     "BayesianNet.cond_log_prob()", [LOG_X, LOG_Z]),
    (lambda bn: bn.query(["x", "z"], outputs=True, local_log_prob=True),
     "BayesianNet.query()", "BayesianNet.get()", [(2.0, LOG_X), (0.5, LOG_Z)]),
])
def test_nodes_and_nets(use, old, new, expected):
    def run():
        with pytest.warns(FutureWarning) as caught:
            result = use(small_net())
        assert len(caught) == 1
        assert str(caught[0].message).startswith(old + " is deprecated")
        assert new in str(caught[0].message)
        assert caught[0].filename == __file__
        return tf.nest.map_structure(tf.convert_to_tensor, result)

    result = modes.run("graph", run)
    assert type(result) is type(expected) or not isinstance(expected, (list, tuple))
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_reuse():
    with pytest.warns(FutureWarning, match="use zs.reuse_variables") as caught:
        network = zs.reuse("net")(lambda: tf.Variable(tf.random.normal([])))
    assert caught[0].filename == __file__
    first, second = modes.run("eager", lambda: [network(), network()])
    assert first == second


def test_a_net_as_a_context():
    bn = zs.BayesianNet(observed={"x": 1.0})
    words = r"`with BayesianNet\(observed\) as model` .*methods of the object"
    with pytest.warns(FutureWarning, match=words) as caught:
        with bn as entered:
            assert entered is bn
            assert zs.BayesianNet.get_context() is bn
            with zs.BayesianNet() as inner:
                assert zs.BayesianNet.get_context() is inner
                assert zs.BayesianNet.get_contexts() == [bn, inner]
            assert zs.BayesianNet.get_context() is bn
    assert [w.filename for w in caught] == [__file__, __file__]
    check_no_context(zs.BayesianNet)


def check_no_context(cls):
    assert cls.get_contexts() == []
    assert cls.innermost() is None
    with pytest.raises(RuntimeError, match="No %s is active" % cls.__name__):
        cls.get_context()


def test_a_context_ends_with_an_error():
    with pytest.warns(FutureWarning):
        with pytest.raises(KeyError):
            with zs.BayesianNet():
                raise KeyError
    check_no_context(zs.BayesianNet)


def test_contexts_of_unrelated_classes_are_separate():
    class Mine(Context):
        pass

    class Another(Context):
        pass

    class Child(Mine):
        pass

    with Mine() as mine, Child() as child:
        assert Mine.get_contexts() == Child.get_contexts() == [mine, child]
        check_no_context(Another)
        check_no_context(zs.BayesianNet)
    check_no_context(Child)
