"""What `distributions.py` measures, by PyTorch.

It stands apart so that the processes of the other peers do not load PyTorch.
"""
import torch
from torch import distributions

from benchmarks.distributions import prepared

BUILD = {
    "Normal": distributions.Normal,
    "Bernoulli": lambda a: distributions.Bernoulli(logits=a),
    "Categorical": lambda a: distributions.Categorical(logits=a),
    "Gamma": distributions.Gamma,
    "Dirichlet": distributions.Dirichlet,
    "MultivariateNormalCholesky":
        lambda m, c: distributions.MultivariateNormal(m, scale_tril=c),
}


def of_torch(name, what, rows, compiled):
    if compiled:
        raise NotImplementedError("not compiled")
    # No other peer checks the values that it is given.
    distributions.Distribution.set_default_validate_args(False)
    _, values, x = prepared(name, rows)
    return in_torch(BUILD[name], what, values, x.numpy())


def in_torch(build, what, values, x):
    values = [torch.tensor(v, requires_grad=what == "gradient") for v in values]
    if what == "sample":
        return lambda: build(*values).sample()
    x = torch.tensor(x, dtype=build(*values).sample().dtype)  # discrete ones differ
    if what == "log_prob":
        return lambda: build(*values).log_prob(x)
    return lambda: torch.autograd.grad(build(*values).log_prob(x).sum(), values)
