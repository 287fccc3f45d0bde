"""Predictions of a model, at draws of its latents or from its priors."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.latents import merge_values
from zhusuan._tf import programs
from zhusuan._tf.loops import stack_in_loop
from zhusuan._tf.random_numbers import in_iteration, seed_of_loop, seeded
from zhusuan.distributions import MaskedDistribution
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework.meta_bn import MetaBayesianNet, bayesian_net_in
from zhusuan.framework.support_warnings import support_checks
from zhusuan.utils import merge_dicts

__all__ = ["ModelDraws"]

# Seeds of predictions differ from those of transitions and steps.
_PREDICTIVE_SEED, _PRIOR_SEED = 2 ** 43, 2 ** 44


class ModelDraws:
    """A model, its observations, and what follows from them at draws of its latents.

    Draws are dicts of arrays by name, which a loop passes to the model one by one. Its
    nodes thus have the axes that they had when the draws were made, such as those of
    chains.

    :param caller: The name of the method or function, for errors.
    :param model: A MetaBayesianNet.
    :param observed: A dict of observed values by name.
    """

    def __init__(self, caller, model, observed, session=None):
        if not isinstance(model, MetaBayesianNet):
            raise TypeError(
                "%s: the model must be a MetaBayesianNet, whose nodes have densities "
                "and can be sampled, but it is %r." % (caller, model))
        self._caller, self._model, self._session = caller, model, session
        self._observed = dict(observed)

    def observed_data(self):
        """The values of nodes that are observed completely, a dict of arrays."""
        def values(_):
            bn = self._build(self._observed)
            return {name: bn[name].tensor for name in bn.stochastic_names
                    if bn[name].is_observed() and not bn[name].is_partly_observed()}

        return self._run(values, np.zeros([], np.int64))

    def log_likelihood(self, draws):
        """Log densities of all entries of the observed nodes, a dict by name.

        Entries that a mask ignores are omitted, so that the others form one axis.
        """
        def log_probs(values):
            bn = self._build(merge_values(self._observed, values))
            names = [name for name in bn.stochastic_names if name not in values]
            self._check_observed(bn, names)
            return {name: _log_prob(bn[name]) for name in names}

        return self._stack(log_probs, draws, 0)

    def predictive(self, draws, seed):
        """Draws of the observed nodes, given those of latents: a dict by name."""
        def samples(values):
            bn = self._build(values)
            return {name: bn[name].tensor for name in bn.stochastic_names
                    if name not in values}

        return self._stack(samples, draws, seed + _PREDICTIVE_SEED)

    def prior(self, n, seed, given=None):
        """`n` draws of all nodes without a value, and of deterministic nodes.

        :param given: A dict of values of some nodes by name.
        """
        def samples(_):
            bn = self._build(given or {})
            free = {name: bn[name].tensor for name in bn.stochastic_names
                    if not bn[name].is_observed()}
            return merge_dicts(free, {
                name: x for name, x in bn._derived_quantities().items()
                if tf.is_tensor(x)})

        return self._stack(samples, {"": np.zeros([n], np.int8)}, seed + _PRIOR_SEED)

    def arviz_groups(self, draws, seed, by_chain, log_likelihood, posterior_predictive,
                     prior):
        """Groups for ArviZ, see `Chains.to_arviz`.

        :param by_chain: A function of a dict of arrays, like `draws`, that moves the
            axis of chains in front of that of draws.
        """
        groups = {"observed_data": self.observed_data()}
        if log_likelihood:
            groups["log_likelihood"] = by_chain(self.log_likelihood(draws))
        if posterior_predictive:
            groups["posterior_predictive"] = by_chain(self.predictive(draws, seed))
        if prior:
            drawn = {name: x[np.newaxis] for name, x in self.prior(
                len(next(iter(draws.values()))), seed).items()}
            groups["prior_predictive"] = {
                name: x for name, x in drawn.items() if name in self._observed}
            groups["prior"] = {
                name: x for name, x in drawn.items() if name not in self._observed}
        return groups

    def _build(self, values):
        return bayesian_net_in(self._model.observe(**values))

    def _check_observed(self, bn, names):
        free = [name for name in names if not bn[name].is_observed()]
        if free:
            raise ValueError(
                "%s: the nodes %s have neither draws nor observed values. If they were "
                "in minibatches, pass all data as observed=; if keep= omitted them, "
                "run without it." % (self._caller, ", ".join(map(repr, free))))

    def _stack(self, function, draws, seed):
        """Apply a function of a dict of values to each draw, and stack the results."""
        n_draws = len(next(iter(draws.values())))

        def stacked(arguments):
            seed, draws = arguments
            with seeded(seed):
                of_loop = seed_of_loop()

                def one(i):
                    with in_iteration(of_loop, tf.cast(i, tf.int64), has_nodes=True):
                        return function({name: x[i] for name, x in draws.items()})
                return stack_in_loop(one, n_draws)

        return self._run(stacked, (np.array([seed, 0], np.int64), draws))

    def _run(self, function, arguments):
        def quietly(arguments):
            with support_checks(False), unchecked_bounds():
                return function(arguments)

        return programs.build_program(quietly, [arguments])(
            [arguments], self._session)[0]


def _log_prob(node):
    """The log densities of all entries; of those that a mask keeps, on one axis."""
    log_prob = node.dist.without_groups().log_prob(node.tensor)
    if not isinstance(node.dist, MaskedDistribution):
        return log_prob
    mask = tf.get_static_value(node.dist.mask)
    if mask is None or not log_prob.shape[-mask.ndim:].is_fully_defined():
        raise ValueError(
            "The mask of the node %r must be a NumPy array and its shape static, since "
            "the entries that it ignores have no log density." % node.name)
    mask = np.broadcast_to(mask, log_prob.shape[-mask.ndim:].as_list())
    first = tf.shape(log_prob)[:log_prob.shape.rank - mask.ndim]
    flat = tf.reshape(log_prob, tf.concat([first, [mask.size]], axis=0))
    return tf.gather(flat, np.flatnonzero(mask), axis=-1)
