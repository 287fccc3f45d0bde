"""A program for `mypy` to check, by .ci/run types: right calls, and wrong ones.

Each `type: ignore` marks a wrong call. It is an error itself if mypy accepts the call.
"""
from typing import Any, Dict, List, Tuple

import numpy as np

import zhusuan as zs
from zhusuan.distributions import bijectors

data: Dict[str, np.ndarray] = {"x": np.zeros(3)}  # not only a literal


@zs.meta_bayesian_net(scope="model", reuse_variables=True)
def build(n: int) -> zs.BayesianNet:
    bn = zs.BayesianNet()
    z = bn.normal("z", np.zeros(n), std=1., group_ndims=1, n_samples=4)
    bn.deterministic("square", -(2. * z ** 2) @ data["x"])
    bn.normal("x", z, logstd=0., group_ndims=1)
    bn.normal(0., std=1.)  # type: ignore[arg-type]  # no name
    bn.normal("y", 0., check_numerics="no")  # type: ignore[arg-type]  # no bool
    bn.get(["z", "x"])
    bn.get({"z"})  # type: ignore[arg-type]  # sets have no order
    return bn


def fit() -> np.ndarray:
    model: zs.MetaBayesianNet = build(3)
    posterior = zs.BayesianNet(observed=data)
    bound = zs.variational.elbo(model, data, variational=posterior, axis=0)
    bound.sgvb()
    zs.is_loglikelihood(model, data, proposal=posterior, axis=[0])
    zs.is_loglikelihood(model, data, axis="0")  # type: ignore[arg-type]  # no int
    chains = zs.HMC(step_size=0.1, adapt_step_size=True).run(
        model, data, {"z": np.zeros(3)}, n_samples=10, n_warmup=10)
    zs.NUTS().run(model, data, data, 10, n_warmup=None)  # type: ignore[arg-type]
    zs.Chains.load(b"chains.npz").save("chains.npz")
    return chains.summary()["mean"] + chains["z"]


class Doubling(bijectors.Bijector):
    is_increasing = True

    def forward(self, x: Any) -> Any:
        return 2. * x


class Still(zs.mcmc.Sampler):
    kept_fields = ("n_steps",)

    def step(self, state: Any, target: Any, parameters: Any) -> Tuple[Any, Any]:
        log_density, gradients = target(state.position)
        return state, ()


distributions: List[zs.distributions.Distribution] = [
    zs.distributions.Normal(0., std=[1., 2.]), zs.distributions.Gamma(1, np.ones(2)),
    zs.distributions.TransformedDistribution(
        zs.distributions.Cauchy(0., 1.), Doubling())]
