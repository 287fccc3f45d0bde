"""Errors about the names of observed values, latents and inputs."""
import difflib
from typing import Iterable, List, Sequence

from zhusuan.utils import nearest_name_hint

__all__ = ["missing_inputs", "missing_latents", "restate", "unknown_node"]

# By the argument that has the values of latents: what it is, and what it has for each.
_SOURCES = {
    "variational": ("The variational posterior", "node", "node"),
    "proposal": ("The proposal", "node", "node"),
    "latent": ("The argument `latent`", "value of", "initial value of"),
}


def unknown_node(model: str, name: str, nodes: List[str],
                 inputs: List[str]) -> ValueError:
    """The error for an observed value of an unknown name.

    :param model: The name of the model.
    :param nodes: The names of its stochastic nodes.
    :param inputs: The names of its required inputs.
    """
    error = ValueError(
        "The model %r has no stochastic node named %r to observe.%s" % (
            model, name, nearest_name_hint(name, nodes + inputs)))
    # AutoGraph replaces errors of other classes by errors of its own.
    error.unknown_node = model, name, nodes  # type: ignore[attr-defined]
    return error


def restate(error: ValueError, source: str, latents: Iterable[str],
            values: Iterable[str]) -> None:
    """Change the message of :func:`unknown_node` if the name is one of `latents`.

    :param source: "variational", "proposal" or "latent", the argument that has them.
    :param latents: The names in this argument.
    :param values: The names of all observed values and latents.
    """
    model, name, nodes = getattr(error, "unknown_node", ("", "", []))
    if not name or name not in latents:
        return
    subject, _, part = _SOURCES[source]
    observed = set(values) - set(latents)
    error.args = ("%s has %s %s %r, but the model %r has no latent of this name.%s" % (
        subject, "an" if part[0] == "i" else "a", part, name, model,
        nearest_name_hint(name, set(nodes) - observed, "Latents")),)


def missing_latents(model: str, missing: Sequence[str], source: str,
                    latents: Iterable[str]) -> ValueError:
    """The error for latents of a model without a value.

    :param source: As for :func:`restate`, or "" if it is unknown.
    :param latents: The names in the argument `source`.
    """
    names = ", ".join(map(repr, missing))
    are = "are latents" if missing[1:] else "is a latent"
    s, them = ("s", "them") if missing[1:] else ("", "it")
    if not source:
        return ValueError(
            "The node%s %s of the model %r %s without a value. Observe %s." % (
                s, names, model, are, them))
    subject, part, _ = _SOURCES[source]
    if source == "latent":
        return ValueError(
            "%s has no %s %s, which %s of the model %r. It has values of: %s. Add the "
            "initial value%s of %s to `latent`, or observe %s." % (
                subject, part, names, are, model, _listed(latents), s,
                "these nodes" if s else "this node", them))
    return ValueError(
        "%s has no %s%s %s, which %s of the model %r. Its latent nodes are: %s. Add "
        "%s to the BayesianNet `%s`%s, or %s to `observed`." % (
            subject, part, s, names, are, model, _listed(latents),
            "nodes of these names" if s else "a node of this name", source,
            " (`posterior` of `fit`)" if source == "variational" else "",
            "their values" if s else "its value"))


def missing_inputs(model: str, missing: Sequence[str],
                   values: Iterable[str]) -> TypeError:
    """The error for required inputs of a model without a value.

    :param values: The names of all observed values.
    """
    given = sorted(values)
    near = [(name, difflib.get_close_matches(name, given, n=1)) for name in missing]
    hints = ["%r instead of %r" % (name, found[0]) for name, found in near if found]
    return TypeError(
        "The model %r requires the input%s %s%s.%s Pass %s in `observed` or `data`, or "
        "to the model function." % (
            model, "s" if missing[1:] else "", ", ".join(map(repr, missing)),
            ", but the given values are: %s" % _listed(given) if given else "",
            " Did you mean %s?" % ", ".join(hints) if hints else "",
            "them" if missing[1:] else "it"))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
