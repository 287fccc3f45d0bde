"""Points in the space of latents that are trained together: members of an ensemble."""
import random
from collections.abc import Mapping

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.latent_search import find_latents
from zhusuan._model.unconstrained_space import find_starts
from zhusuan.distributions._conversion import as_numpy, check_int, check_seed
from zhusuan.utils._paths import checkpoint_path, load_to_resume
from zhusuan.variational import Fit, fit
from zhusuan.variational.posteriors._joint_density import PointMass
from zhusuan.variational.posteriors.base import Posterior

__all__ = ["Members", "as_arrays", "as_one_member", "choose_seed", "train_members"]


class Members(Posterior):
    """Several points, each of which is trained to a MAP estimate.

    The density of the latents is that of constrained values, without a Jacobian, as for
    `zs.variational.posteriors.Delta`.

    :param model: A `BayesianNetwork`.
    :param observed: A dict of observed values by name.
    :param n_members: An int.
    :param init: A dict of initial values by name, or None for those of the
        initializers of the network.
    """

    _has_jacobian, _learning_rate = False, 0.01

    def __init__(self, model, observed, n_members, init, seed):
        if init is None:
            # Weights that are functions of other latents have no initial values.
            latents = find_latents(model, observed)
            init = {name: x for name, x in initial_weights(
                model, n_members, seed).items() if name in latents}
        self._space, starts = find_starts(
            model, observed, n_members, init=init, seed=seed)
        self.n_stored = n_members
        self._start = self._cast(starts)
        self._loc = tf.Variable(np.zeros_like(self._start), name="loc")

    def _distribution(self):
        return _PointMasses(self._start + tf.convert_to_tensor(self._loc))

    @property
    def vectors(self):
        """An array `[n_members, d]` of the present points."""
        return self._start + self._loc.numpy()


class _PointMasses(PointMass):
    """The distribution of points, which are drawn in turn.

    :param value: A Tensor `[n_members, d]`.
    """

    def sample(self, n_samples=None):
        n_members = self._value.shape[0]
        if n_samples is None:
            return self._value[0]
        if isinstance(n_samples, int) and n_samples == n_members:
            # The objective is the mean of all members, but each has its own.
            return _with_gradient_times(float(n_members), self._value)
        return tf.gather(self._value, tf.range(n_samples) % n_members)


def _with_gradient_times(factor, x):
    @tf.custom_gradient
    def identity(x):
        return tf.identity(x), lambda dy: factor * dy
    return identity(x)


def initial_weights(model, n_members, seed):
    """A dict of arrays `[n_members]` + own shape by name, from the initializers."""
    networks = [_fresh_copy(model.network, seed + i) for i in range(n_members)]
    values = [[np.asarray(v) for v in network.trainable_variables]
              for network in networks]
    stacked = dict(zip(model.weights, map(np.stack, zip(*values))))
    if n_members > 1 and all(np.all(x == x[:1]) for x in stacked.values()):
        raise ValueError(
            "deep_ensemble: the members have equal initial weights, because the "
            "initializers of the network %r have seeds. Omit these seeds, or pass "
            "init= with a first axis of members." % model.network.name)
    return stacked


def _fresh_copy(network, seed):
    """A network with the same configuration and other initial weights.

    Initializers of Keras without a seed draw one by the module `random`.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        copy = type(network).from_config(network.get_config())
        if not copy.built:
            copy.build_from_config(network.get_build_config())
    finally:
        random.setstate(state)
    return copy


def as_arrays(caller, data):
    """Data as a dict of arrays by name.

    :param caller: The name of the public function, for errors.
    """
    if not isinstance(data, Mapping):
        raise TypeError(
            "%s: data must be a dict of arrays, {\"x\": inputs, \"y\": targets}, but "
            "it is of %s." % (caller, type(data)))
    return {name: np.asarray(as_numpy(x)) for name, x in data.items()}


def as_one_member(init):
    """Initial values by name with an axis of one member in front; None stays None."""
    return None if init is None else {
        name: np.asarray(as_numpy(x))[np.newaxis] for name, x in init.items()}


def choose_seed(caller, seed, options):
    """The given seed, that of a fit to resume, or a random one.

    :param options: A dict of arguments of `zs.variational.fit`.
    """
    before = load_to_resume(
        Fit, options.get("resume"), checkpoint_path(options.get("checkpoint")),
        " of a saved Fit, or a Fit")
    if seed is None and before is not None:
        return before.seed
    return check_seed("%s: seed" % caller, seed)


def train_members(caller, model, data, n_members, init, n_steps, seed, **options):
    """Train points by minibatches.

    :param caller: The name of the public function, for errors.
    :param data: What :func:`as_arrays` returned.
    :param init: As `Members` takes.
    :param options: Those of `zs.variational.fit`.

    :return: The `Members`, and their `Fit`.
    """
    check_int("%s: n_members" % caller, n_members)
    check_int("%s: n_steps" % caller, n_steps)
    members = Members(model, data, n_members, init, seed)
    return members, fit(
        model, data=data, posterior=members, n_steps=n_steps, n_particles=n_members,
        seed=seed, **options)
