"""Initial values of chains: drawn, and drawn again until the density is finite."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.constraints import Constraints, check_latent_names, check_position
from zhusuan._model.latent_search import bijector_of, find_latents, observe_with
from zhusuan._model.target import Target, check_chain_axis
from zhusuan._tf import programs
from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions import Flat, HalfFlat
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.distributions._conversion import tensor_dtype
from zhusuan.framework import support_checks
from zhusuan.framework._float_dtype import cast_numbers, numeric_array
from zhusuan.framework.meta_bn import observe_all
from zhusuan.utils import merge_dicts

__all__ = ["DEFAULT_CHAINS", "MAX_TRIES", "WIDTH", "chain_rank",
           "describe_broken", "explain_not_finite", "find_initial_values",
           "node_not_finite", "random_state_of", "start_values"]

# As in Stan: positions in unconstrained space are uniform on (-2, 2).
WIDTH, MAX_TRIES, DEFAULT_CHAINS = 2., 100, 4


def find_initial_values(model, observed, init, n_chains, constraints, seed,
                        session=None, resume=None, names=None, n_tried=None):
    """A dict of arrays by latent name, chain axis + data axes, of all latents.

    :param observed: A dict of observed values by name.
    :param init: See `Sampler.run`.
    :param n_chains: An int; None for that of `init` or `resume`, or else 4.
    :param constraints: As `resolve` takes.
    :param resume: Chains to resume, or None.
    :param names: The names of some latents, or None for all. The density is not
        evaluated for some.
    :param n_tried: An int, for initial values of which one suffices: as many are drawn
        if neither `n_chains` nor `init` has a number, or slightly more. Those with a
        finite density are returned, in descending order of it.
    """
    found = find_latents(model, observed, constraints, names)
    if resume is not None:
        if n_chains is None and resume.chain_rank:
            n_chains = resume.n_chains
        if resume.n_samples and sorted(resume.draws) == sorted(found):
            return {name: resume.draws[name][-1] for name in found}
    if n_tried is not None:
        n_tried = _unlike_lengths(n_tried, found)
    given = _given_values(init, found, session)
    n_chains = _count_chains(given, found, n_chains, n_tried or DEFAULT_CHAINS)
    draw = _Draws(model, observed, found, constraints, n_chains, init == "prior",
                  session)
    given = {name: np.broadcast_to(x, (n_chains,) + found[name].shape)
             for name, x in given.items()}
    _refuse_outside(given, found, session)
    values, bad = None, np.ones(n_chains, bool)
    for i in range(MAX_TRIES):
        new = draw.values([seed, i], given)
        values = new if values is None else {
            name: _select(bad, new[name], values[name]) for name in found}
        if names is not None or len(given) == len(found):
            return values  # the run checks values of the user
        bad, problem, log_prob = draw.find_bad(values)
        if not np.any(bad):
            break
    if np.all(bad) or n_tried is None and np.any(bad):
        raise ValueError(
            "No initial values were found in %d tries, because %s. Check the data and "
            "the parameters, or pass init= with a dict of values where the density is "
            'finite, or init="prior".' % (
                MAX_TRIES, problem()))
    if n_tried is None:
        return values
    order = np.argsort(-log_prob[~bad], kind="stable")
    return {name: x[~bad][order] for name, x in values.items()}


def random_state_of(seed, *stream):
    """A `RandomState` of a seed and of ints that name its purpose."""
    return np.random.RandomState([seed % 2 ** 32, seed >> 32] + list(stream))


def explain_not_finite(model, observed, values, session=None):
    """A clause that names the node whose density or gradient is not finite.

    :param values: A dict of arrays by latent name, with a first axis.
    """
    n_chains = len(next(iter(values.values())))
    draws = _Draws(model, observed, values, None, n_chains, False, session)
    return draws.find_bad(values)[1]()


def node_not_finite(model, values, evaluate):
    """A clause that names a node whose log density is not finite; "" if there is none.

    :param values: A dict of arrays by name, latents and observed values.
    :param evaluate: A function of a function and its argument that returns arrays.
    """
    def terms(values):
        bn = _evaluation(model, values).bn
        return {} if bn is None else bn._log_prob_terms()

    return next((
        "the log density of the node %r is %s" % (name, x[~np.isfinite(x)].ravel()[0])
        for name, x in evaluate(terms, values).items()
        if not np.all(np.isfinite(x))), "")


def chain_rank(model, values, evaluate):
    """The number of chain axes, those of the log joint density.

    The arguments are those of :func:`node_not_finite`.
    """
    return np.ndim(evaluate(
        lambda values: _evaluation(model, values).log_joint, values))


def _evaluation(model, values):
    """The model at values that may be outside the support."""
    with support_checks(False), unchecked_bounds():
        return observe_all(model, values)


def _refuse_outside(given, found, session):
    """Raise if given values violate a constraint, unless it depends on other latents.

    :param given: A dict of arrays by latent name, with an axis of chains.
    """
    fixed = {name: found[name].fixed_constraint for name in given
             if found[name].fixed_constraint is not None}
    if fixed:
        constraints, values = Constraints(fixed), [given[name] for name in fixed]
        constraints.refuse_broken(programs.evaluate(
            constraints.free, values, session), values, describe_broken)


def describe_broken(position, value, chain_rank=1, axis="chain"):
    """What an initial value is, for a position of it that is not finite.

    :param position: An array, the position in unconstrained space.
    :param value: An array, the constrained value.
    :param chain_rank: An int, the number of chain axes.
    :param axis: What an entry of these axes is.
    """
    position, value = np.asarray(position), np.asarray(value)
    chain = tuple(np.argwhere(~np.isfinite(position))[0][:chain_rank])
    n_chains = np.prod(value.shape[:chain_rank], dtype=int)
    wrong = ~np.isfinite(position[chain])
    own = value[chain]
    if own.ndim and wrong.shape == own.shape:
        description = "contains %s" % own[wrong][0]
    else:
        description = "is %s" % own
    return description if n_chains == 1 else "%s (%s %s)" % (
        description, axis, ", ".join(map(str, chain)))


def start_values(latent, observed, n_chains, session):
    """Arrays by name, with the chain axes that they will have.

    :param observed: A dict of observed values by name, for the dtype of numbers.
    :param n_chains: An int, the length of an axis to add; or None.
    """
    arrays = programs.to_arrays(cast_numbers(latent, observed.values()), session)
    check_position(arrays)
    if n_chains is None:
        return arrays
    return {name: np.repeat(x[np.newaxis], n_chains, axis=0)
            for name, x in arrays.items()}


def _given_values(init, found, session):
    """The arrays of a dict `init`, of the dtypes of their latents."""
    if init is None or (isinstance(init, str) and init in ("uniform", "prior")):
        return {}
    if not isinstance(init, dict):
        raise ValueError(
            "init= must be \"uniform\", \"prior\" or a dict of initial values by the "
            "names of latents, but it is %r." % (init,))
    check_latent_names("init", init, found)
    arrays = programs.to_arrays({
        name: numeric_array(name, x) if tensor_dtype(x) is None else x
        for name, x in init.items()}, session)
    return {name: np.asarray(x).astype(found[name].dtype)
            for name, x in arrays.items()}


def _count_chains(given, found, n_chains, default):
    for name, x in given.items():
        shape = found[name].shape
        if x.ndim == 0 or x.shape == shape:
            continue
        if x.shape[1:] != shape or n_chains not in (None, len(x)):
            raise ValueError(
                "init: the value of %r has shape %s, but the latent has shape %s with "
                "an optional first axis of %s." % (
                    name, x.shape, shape, "chains" if n_chains is None
                    else "%d chains" % n_chains))
        n_chains = len(x)
    return default if n_chains is None else n_chains


def _unlike_lengths(n, found):
    """`n`, or the next number that is the length of no axis of a latent.

    An axis of starts beside an equally long one looks like an outer product.
    """
    lengths = {length for latent in found.values() for length in latent.shape}
    while n in lengths:
        n += 1
    return n


def _select(condition, x, y):
    return np.where(condition.reshape((-1,) + (1,) * (x.ndim - 1)), x, y)


class _Draws:
    """Draws of the latents of all chains, and their densities."""

    def __init__(self, model, observed, found, constraints, n_chains, is_prior,
                 session):
        self._model, self._observed, self._found = model, observed, found
        self._constraints, self._n_chains = constraints, n_chains
        self._is_prior, self._session = is_prior, session
        self._programs = {}

    def values(self, seed, given):
        """A dict of arrays by name; `given` are some of them."""
        state = random_state_of(*seed)
        free = {name: state.uniform(
            -WIDTH, WIDTH, (self._n_chains,) + latent.free_shape).astype(latent.dtype)
            for name, latent in self._found.items()}
        return self._evaluate("values", self._constrained, (
            np.array(seed, np.int64), free, given))

    def _constrained(self, arrays):
        seed, free, given = arrays
        values = dict(given)

        def value(name, dist):
            if name not in self._found:
                return None
            if name not in values:
                values[name] = self._value(name, dist, free[name])
            return values[name]

        with seeded(seed):
            observe_with(value, self._dtype, self._model, self._observed)
        return {name: values[name] for name in self._found}

    @property
    def _dtype(self):
        return tf.as_dtype(next(iter(self._found.values())).dtype)

    def _value(self, name, dist, free):
        if self._is_prior and not isinstance(dist, (Flat, HalfFlat)):
            shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
            is_of_one = shape.as_list() == list(self._found[name].shape)
            return dist.sample(self._n_chains if is_of_one else None)
        bijector = bijector_of(name, dist, self._constraints)
        return free if bijector is None else bijector.clip(bijector.forward(free))

    def find_bad(self, values):
        """Flag chains without a finite density and gradient.

        :return: A bool array, a function that returns a clause with the reason, and
            the log densities.
        """
        def density(values):
            return Target(self._model, self._observed, list(self._found))(
                [values[name] for name in self._found])

        log_prob, gradients = self._evaluate("density", density, values)
        check_chain_axis(len(gradients[0]), log_prob)
        slopes = {name: ~np.all(np.isfinite(g).reshape(len(g), -1), axis=1)
                  for name, g in zip(self._found, gradients)}
        bad = ~np.isfinite(log_prob) | np.any(list(slopes.values()), axis=0)
        return bad, lambda: self._problem(values, log_prob, slopes), log_prob

    def _problem(self, values, log_prob, slopes):
        found = node_not_finite(
            self._model, values, lambda fn, x: self._evaluate(
                "terms", lambda x: fn(merge_dicts(self._observed, x)), x))
        if found:
            return found
        name = next((name for name, wrong in slopes.items() if wrong.any()), None)
        if name is None or not np.all(np.isfinite(log_prob)):
            return "the log joint density is not finite"
        return ("the gradient of the log joint density with respect to the latent %r "
                "is not finite" % name)

    def _evaluate(self, name, fn, arrays):
        return programs.evaluate(fn, arrays, self._session, self._programs, name)
