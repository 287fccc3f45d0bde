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
from zhusuan.framework.partial_observation import as_partial_observation
from zhusuan.framework.support_warnings import support_checks
from zhusuan.utils import merge_dicts, nearest_name_hint

__all__ = ["ModelDraws"]

# Seeds of predictions differ from those of transitions and steps.
_PREDICTIVE, _PRIOR = 2 ** 41 + 1, 2 ** 41 + 2


class ModelDraws:
    """A model, its observations, and its predictions at draws of its latents.

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
                "and can be sampled, but it is %r. %s" % (
                    caller, model, "Pass model= and observed=: files, pickles and some "
                    "fits to minibatches do not have them." if model is None else
                    "Write the model as a function decorated by "
                    "@zs.meta_bayesian_net()."))
        self._caller, self._model, self._session = caller, model, session
        self._observed = dict(observed)
        self._inputs = {name: self._observed[name]
                        for name in model._inputs_among(self._observed)}

    def prior(self, n, seed, given=None):
        """`n` draws of all nodes without a value, and of deterministic nodes.

        :param given: A dict of values of some nodes by name.
        """
        return merge_dicts(*self._prior_parts(n, seed, given or {}))

    def arviz_groups(self, draws, chain_shape, seed, log_likelihood,
                     posterior_predictive, prior):
        """Groups for ArviZ, see `Chains.to_arviz`.

        :param draws: A dict of arrays, each with `chain_shape` behind its first axis.
        """
        groups = {"observed_data": self._observed_data()}
        if log_likelihood:
            groups["log_likelihood"] = _by_chain(
                self._log_likelihood(draws, chain_shape), len(chain_shape))
        if posterior_predictive:
            names = None if posterior_predictive is True else list(posterior_predictive)
            groups["posterior_predictive"] = _by_chain(
                self._predictive(draws, chain_shape, seed, names), len(chain_shape))
        if prior:
            n_draws = len(next(iter(draws.values())))
            stochastic, derived = [
                {name: x[np.newaxis] for name, x in part.items()}
                for part in self._prior_parts(n_draws, seed, self._inputs)]
            groups["prior_predictive"] = {
                name: x for name, x in stochastic.items() if name not in draws}
            groups["prior"] = merge_dicts({
                name: x for name, x in stochastic.items() if name in draws}, derived)
        return groups

    def _observed_data(self):
        """The observed values, a dict of arrays by name; missing entries are nan."""
        value_ndims = {}

        def values(_):
            bn = self._build(self._observed)
            names = [name for name in bn.stochastic_names if name in self._observed]
            value_ndims.update({
                name: bn[name].dist.get_value_shape().rank for name in names})
            return {name: bn[name].tensor for name in names}

        arrays = self._run(values, np.zeros([], np.int64))
        return {name: _with_nan(x, as_partial_observation(self._observed[name]),
                                value_ndims[name]) for name, x in arrays.items()}

    def _log_likelihood(self, draws, chain_shape):
        """Log densities of all entries of the observed nodes, a dict by name.

        Entries that a mask ignores are omitted, so that the others form one axis.
        """
        def log_probs(values):
            bn = self._build(merge_values(self._observed, values))
            names = [name for name in bn.stochastic_names if name not in values]
            self._check_are_observed(names)
            self._check_are_not_summed(bn)
            return {name: _with_chains(_log_prob(bn[name]), bn[name], chain_shape)
                    for name in names}

        return self._stack(log_probs, draws, 0, 0)

    def _predictive(self, draws, chain_shape, seed, names):
        """Draws of the observed nodes, given those of latents: a dict by name.

        :param names: A list of the nodes to draw; None for all.
        """
        for name in names or ():
            if name not in self._observed:
                raise ValueError("%s: unknown observed node %r.%s" % (
                    self._caller, name, nearest_name_hint(name, self._observed)))
        given = self._inputs if names is None else {
            name: x for name, x in self._observed.items() if name not in names}
        missing = set(_names_of_missing(self._observed)) - set(_names_of_missing(given))

        def samples(values):
            bn = self._build(merge_values(given, {
                name: x for name, x in values.items() if name not in missing}))
            free = [name for name in bn.stochastic_names
                    if name not in values and name not in given]
            self._check_are_observed(free)
            return {name: self._like_observed(
                name, _with_chains(bn[name].tensor, bn[name], chain_shape),
                len(chain_shape)) for name in free}

        return self._stack(samples, draws, seed, _PREDICTIVE)

    def _prior_parts(self, n, seed, given):
        """Draws of stochastic and of deterministic nodes, two dicts by name."""
        def samples(_):
            bn = self._build(given)
            return ({name: bn[name].tensor for name in bn.stochastic_names
                     if not bn[name].is_observed()},
                    {name: x for name, x in bn._derived_quantities().items()
                     if tf.is_tensor(x)})

        return self._stack(samples, {"": np.zeros([n], np.int8)}, seed, _PRIOR)

    def _build(self, values):
        return bayesian_net_in(self._model.observe(**values))

    def _check_are_observed(self, names):
        free = [name for name in names if name not in self._observed]
        if free:
            raise ValueError(
                "%s: the nodes %s have neither draws nor observed values. If they were "
                "in minibatches, pass all data as observed=; if keep= omitted them, "
                "run without it." % (self._caller, ", ".join(map(repr, free))))

    def _check_are_not_summed(self, bn):
        children = getattr(bn, "child_names", ())
        if children:
            raise ValueError(
                "%s: the model does not define pointwise log densities of %s, because "
                "it sums over parents of these nodes. Omit log_likelihood=True."
                % (self._caller, ", ".join(map(repr, children))))

    def _like_observed(self, name, x, n_chain_axes):
        """A draw of a node, with the last axis of its observation if it has length 1.

        Raise if the observation has more entries.
        """
        observed = getattr(self._observed[name], "values", self._observed[name])
        given = tf.TensorShape(getattr(observed, "shape", np.shape(observed)))
        own = x.shape[n_chain_axes:]
        n_more = given.rank - own.rank
        if n_more == 1 and given[-1] == 1 and given[:-1].is_compatible_with(own):
            return tf.expand_dims(x, -1)
        if n_more not in (0, n_chain_axes) or n_more >= 0 and not (
                given[n_more:].is_compatible_with(own)):
            raise ValueError(
                "%s: a draw of the node %r has the shape %s, but its observation has "
                "%s. Give its parameters the axes of the data, such as mean * "
                "tf.ones([n])." % (self._caller, name, own, given))
        return x

    def _stack(self, function, draws, seed, stream):
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

        return self._run(stacked, (np.array([seed, stream], np.int64), draws))

    def _run(self, function, arguments):
        def quietly(arguments):
            with support_checks(False), unchecked_bounds():
                return function(arguments)

        return programs.build_program(quietly, [arguments])(
            [arguments], self._session)[0]


def _names_of_missing(observed):
    """The names of latent nodes of missing entries."""
    return [name + "_missing" for name, x in observed.items()
            if getattr(x, "missing", None) == "latent"]


def _with_nan(values, partial, value_ndims):
    """An array with nan for the entries that a PartialObservation does not have."""
    if partial is None:
        return values
    is_observed = np.asarray(partial._mask_of_events(value_ndims))
    return np.where(is_observed[(Ellipsis,) + (np.newaxis,) * value_ndims], values,
                    np.nan)


def _with_chains(x, node, chain_shape):
    """`x` with all axes of chains, which a node without latent parents lacks.

    Its log density has these axes only, so that its rank is their number.
    """
    n_own = x.shape.rank - min(node.cond_log_p.shape.rank, len(chain_shape))
    shape = chain_shape + tuple(x.shape.as_list()[x.shape.rank - n_own:])
    if None in shape:
        shape = tf.concat([chain_shape, tf.shape(x)[x.shape.rank - n_own:]], axis=0)
    return tf.broadcast_to(x, shape)


def _by_chain(arrays, n_chain_axes):
    """Arrays with one axis of all chains in front of that of draws."""
    return {name: np.swapaxes(x.reshape(
        (len(x), -1) + x.shape[1 + n_chain_axes:]), 0, 1) for name, x in arrays.items()}


def _log_prob(node):
    """The log densities of all entries, or of those in the mask along one axis."""
    log_prob = node.dist.without_groups().log_prob(node.tensor)
    if not isinstance(node.dist, MaskedDistribution):
        return log_prob
    mask = tf.get_static_value(node.dist.mask)
    if mask is None or not log_prob.shape[-mask.ndim:].is_fully_defined():
        raise ValueError(
            "The mask of the node %r must be a NumPy array of static shape, because "
            "masked entries have no log density." % node.name)
    mask = np.broadcast_to(mask, log_prob.shape[-mask.ndim:].as_list())
    first = tf.shape(log_prob)[:log_prob.shape.rank - mask.ndim]
    flat = tf.reshape(log_prob, tf.concat([first, [mask.size]], axis=0))
    return tf.gather(flat, np.flatnonzero(mask), axis=-1)
