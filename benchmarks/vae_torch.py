"""The steps of `vae.py` by PyTorch: written by hand, and by Pyro."""
import math

import torch
from torch.nn import functional

from benchmarks.vae_others import DECODER, ENCODER, Z_DIM, batches, weights
from benchmarks.work import Work

# -- Networks ---------------------------------------------------------------------

def linear(layers):
    """Modules by name, with the weights that NumPyro starts from."""
    values, found = weights(layers), torch.nn.ModuleDict()
    for name, (n_in, n_out) in layers.items():
        found[name] = layer = torch.nn.Linear(n_in, n_out)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(values[name].T))
            layer.bias.copy_(torch.from_numpy(values[name + "_bias"]))
    return found


def encode(layers, x):
    """Means of latents, and logarithms of their standard deviations."""
    h = torch.relu(layers["q2"](torch.relu(layers["q1"](x))))
    return layers["q3"](h), layers["q4"](h)


def decode(layers, z):
    """Logits of pixels."""
    return layers["p3"](torch.relu(layers["p2"](torch.relu(layers["p1"](z)))))


def images(batch):
    """A function that gives the next batch as floats."""
    take = batches(batch)
    return lambda: torch.from_numpy(take()).float()


# -- By hand ----------------------------------------------------------------------

def by_hand(objective="elbo", batch=128, n_particles=1):
    if objective == "vimco":
        raise NotImplementedError("VIMCO is not written by hand for PyTorch")
    encoder, decoder, take = linear(ENCODER), linear(DECODER), images(batch)
    adam = torch.optim.Adam(
        list(encoder.parameters()) + list(decoder.parameters()), lr=0.001, fused=True)

    def bound(x):
        mean, logstd = encode(encoder, x)
        std = torch.exp(logstd)
        z = mean + std * torch.randn(n_particles, batch, Z_DIM)
        log_q = normal_log_density(z, mean, std, logstd)
        log_w = (bernoulli_log_density(x, decode(decoder, z))
                 + normal_log_density(z, 0., 1., 0.) - log_q)
        if objective == "elbo":
            return log_w.mean()
        return (torch.logsumexp(log_w, 0) - math.log(n_particles)).mean()

    def call():
        adam.zero_grad()
        cost = -bound(take())
        cost.backward()
        adam.step()
        return cost.item()
    return Work(call)


def normal_log_density(x, mean, std, logstd):
    return (-0.5 * math.log(2. * math.pi) - logstd
            - 0.5 * torch.square((x - mean) / std)).sum(-1)


def bernoulli_log_density(x, logits):
    return -functional.binary_cross_entropy_with_logits(
        logits, x.expand_as(logits), reduction="none").sum(-1)


# -- Pyro -------------------------------------------------------------------------

def pyro(objective="elbo", batch=128, n_particles=1):
    import pyro
    import pyro.distributions as dist
    from pyro.infer import SVI, RenyiELBO, Trace_ELBO

    if objective == "vimco":
        raise NotImplementedError("Pyro has no VIMCO")
    pyro.clear_param_store()
    pyro.enable_validation(False)  # no other peer checks its values
    encoder, decoder, take = linear(ENCODER), linear(DECODER), images(batch)

    def model(x):
        pyro.module("decoder", decoder)
        with pyro.plate("data", batch):
            z = pyro.sample("z", dist.Normal(torch.zeros(batch, Z_DIM), 1.).to_event(1))
            pyro.sample("x", dist.Bernoulli(
                logits=decode(decoder, z)).to_event(1), obs=x)

    def guide(x):
        pyro.module("encoder", encoder)
        mean, logstd = encode(encoder, x)
        with pyro.plate("data", batch):
            pyro.sample("z", dist.Normal(mean, torch.exp(logstd)).to_event(1))

    settings = {"num_particles": n_particles, "vectorize_particles": True,
                "max_plate_nesting": 1}
    loss = (Trace_ELBO(**settings) if objective == "elbo"
            else RenyiELBO(alpha=0., **settings))
    svi = SVI(model, guide, pyro.optim.Adam({"lr": 0.001, "fused": True}), loss)
    return Work(lambda: svi.step(take()))
