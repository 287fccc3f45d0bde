"""The transitions of `mcmc.py` by Pyro, which runs eagerly, one chain in a process."""
import torch
from torch.nn import functional

from benchmarks.mcmc_others import MAX_DEPTH, N_LEAPFROGS


class OfTorch:
    """What `mcmc_others.OfTensorFlow` has, of PyTorch."""
    constant, sum, matmul, softplus, tanh = (
        torch.as_tensor, torch.sum, torch.matmul, functional.softplus, torch.tanh)


def of_pyro(sampler, problem, n):
    """A function that makes `n` transitions and returns their mean acceptance rate."""
    from pyro.infer import HMC, NUTS
    if len(problem.start) > 1:
        raise NotImplementedError("Pyro runs many chains in as many processes")
    log_joint = problem.of(OfTorch)
    settings = {"potential_fn": lambda values: -log_joint(values["x"]),
                "step_size": float(problem.step_size), "adapt_step_size": False,
                "adapt_mass_matrix": False}
    if sampler == "HMC":
        kernel = HMC(num_steps=N_LEAPFROGS, **settings)
    else:
        kernel = NUTS(max_tree_depth=MAX_DEPTH, **settings)
    kernel.initial_params = {"x": torch.tensor(problem.start[0])}
    kernel.setup(warmup_steps=0)
    kept = [kernel.initial_params]

    def call():
        draws = []
        for _ in range(n):
            kept[0] = kernel.sample(kept[0])
            draws.append(kept[0]["x"])
        torch.stack(draws)
        return [float(kernel.logging()["acc. prob"])]
    return call
