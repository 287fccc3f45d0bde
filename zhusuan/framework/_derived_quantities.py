"""Derived quantities: functions of the latents that are recorded with draws.

They are the deterministic nodes of a model, or what a log joint function returns in a
dict beside the log density.
"""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework.meta_bn import MetaBayesianNet, observe_all
from zhusuan.framework.support_warnings import support_checks
from zhusuan.utils import nearest_name_hint

__all__ = ["DerivedQuantities"]


class DerivedQuantities:
    """The derived quantities of a model that a run records.

    :param model: As for :func:`observe_all`.
    :param names: None for all, or a list of names.
    """

    def __init__(self, model, names=None):
        self._model = model
        self._wanted = None if names is None else list(names)
        self.like = {}  # arrays by name, like those to record

    def evaluate(self, values):
        """All derived quantities, a dict of Tensors; empty if none are wanted.

        :param values: A dict of Tensors by name: observations and latents.
        """
        if self._wanted == []:
            return {}
        with support_checks(False), unchecked_bounds():
            return observe_all(self._model, values).derived

    def select(self, found, chain_shape, n_parts=1):
        """Choose the quantities to record.

        Deterministic nodes that are not numeric or lack the chain axes are omitted,
        unless their names were given: they do not depend on the latents.

        :param found: A dict of all derived quantities at the start, arrays.
        :param chain_shape: A tuple, with which shapes of the recorded ones begin.
        :param n_parts: An int, the number of equal parts of the chains.
        """
        for name in self._wanted or ():
            if name not in found:
                raise ValueError("derived=: the model has no derived quantity %r.%s" % (
                    name, nearest_name_hint(name, found)))
        names = list(found) if self._wanted is None else self._wanted
        if self._wanted is None and isinstance(self._model, MetaBayesianNet):
            names = [name for name in names if _fits(found[name], chain_shape)]
        for name in names:
            if not _fits(found[name], chain_shape):
                raise ValueError(
                    "The derived quantity %r must be numeric, and its shape must begin "
                    "with that of the chain axes, %s, but it has dtype %s and shape "
                    "%s. Broadcast it, or omit it by derived=." % (
                        name, list(chain_shape), np.asarray(found[name]).dtype,
                        list(np.shape(found[name]))))
        self.like = {name: found[name][:len(found[name]) // n_parts]
                     if chain_shape else found[name] for name in names}

    def recorded(self, values):
        """The quantities selected by :meth:`select`, as from :meth:`evaluate`."""
        found = self.evaluate(values) if self.like else {}
        return {name: tf.ensure_shape(found[name], np.shape(x))
                for name, x in self.like.items()}


def _fits(x, chain_shape):
    x = np.asarray(x)
    return x.dtype.kind in "fiubc" and x.shape[:len(chain_shape)] == chain_shape
