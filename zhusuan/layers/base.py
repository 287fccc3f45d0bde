"""The base class of layers with random weights."""
from __future__ import annotations

from typing import Any, Dict, Iterable, Optional

import keras
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.layers import _saved_arguments
from zhusuan.layers._kl_weights import check_kl_weight, is_schedule

__all__ = ["VariationalLayer"]

# An odd number, so that replicas of tf.distribute have distant seeds.
_REPLICA_STRIDE = 0x5851F42D4C957F2D
_SEED_STATE = "seed_generator_state"


class VariationalLayer(keras.layers.Layer):
    """The base class of layers whose weights have posterior distributions.

    Each call draws weights from the posterior and adds the KL divergence of the
    posterior from the prior, times `kl_weight`, to the losses of the layer. If a
    network calls a layer twice, the losses include it twice.

    Losses of Keras are means over the data. For the evidence lower bound of `n_data`
    training data, use ``kl_weight=1. / n_data``.

    :param kl_weight: A number >= 0, a scalar `keras.Variable`, which becomes not
        trainable, or a schedule: a function of the number of training steps, calls of
        the whole network with `training`, such as
        :class:`~zhusuan.layers.kl_schedules.LinearWarmup` or another schedule of Keras.
    :param seed: An int, the seed of the draws, or None for a random seed. The state of
        the generator is saved with the model.
    :param inference: "sample" to draw weights also if not training, as TensorFlow
        Probability does, or "mean" to use the means of the posteriors then.
    :param kwargs: Arguments of `keras.layers.Layer`, such as `name`, `dtype`,
        `trainable` and `activity_regularizer`.

    Variables are stored and the KL divergence is computed in the variable dtype,
    products in the compute dtype of the policy. Raises ValueError or TypeError for
    another `kl_weight`, such as a `tf.Variable`, or `inference`.

    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.DenseFlipout(3, kl_weight=0.01)
    >>> _ = layer(np.ones([5, 2]))
    >>> isinstance(layer, zs.layers.VariationalLayer), len(layer.losses)
    (True, 1)
    """

    def __init__(self, *, kl_weight: Any = 1., seed: Optional[int] = None,
                 inference: str = "sample", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if inference not in ("sample", "mean"):
            raise ValueError(
                '%s: inference must be "sample" or "mean", but it is %r.' % (
                    self.name, inference))
        self.inference = inference
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.kl_weight = _untrained(check_kl_weight(kl_weight, self.name))
        self._kl_step: Any = None
        self._last_loss_and_factor: Any = (None, None)

    def build(self, input_shape: Any) -> None:
        """Create the variables."""
        if is_schedule(self.kl_weight):
            self._kl_step = self.add_weight(
                name="kl_step", shape=(), dtype="int64", initializer="zeros",
                trainable=False, autocast=False, aggregation="only_first_replica")

    def get_config(self) -> Dict[str, Any]:
        """The arguments of the constructor, serialized."""
        return {**super().get_config(), "seed": self.seed, "inference": self.inference,
                "kl_weight": _saved_arguments.describe_kl_weight(self.kl_weight)}

    @classmethod
    def from_config(cls, config: Dict[str, Any]) -> VariationalLayer:
        """The layer of a configuration."""
        return cls(**_saved_arguments.restore(config))

    def save_own_variables(self, store: Any) -> None:
        """Save the variables and the state of the random generator."""
        super().save_own_variables(store)
        store[_SEED_STATE] = keras.ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store: Any) -> None:
        """Load the variables and the state of the random generator."""
        names = set(store.keys())
        super().load_own_variables(
            {name: store[name] for name in names - {_SEED_STATE}})
        if _SEED_STATE in names:
            self.seed_generator.state.assign(store[_SEED_STATE])

    def _draws_weights(self, training: Any) -> bool:
        return bool(training) or self.inference == "sample"

    def _seeded(self) -> Any:
        """A context in which draws are functions of the state of the generator."""
        state = tf.cast(self.seed_generator.next(), tf.int64)
        context = tf.distribute.get_replica_context()
        if context is not None and context.num_replicas_in_sync > 1:
            replica = tf.cast(context.replica_id_in_sync_group, tf.int64)
            state += tf.stack([replica * _REPLICA_STRIDE, tf.zeros_like(replica)])
        return random_numbers.seeded(state)

    def _add_divergences(self, divergences: Iterable[Any], training: Any) -> None:
        """Add the weighted sum of the divergences that are not None to the losses."""
        terms = [each for each in divergences if each is not None]
        factor = self._kl_factor(training)
        if terms and not (isinstance(factor, float) and factor == 0.):
            total = tf.cast(factor, terms[0].dtype) * tf.add_n(terms)
            # Keras adds losses of this dtype only.
            loss = tf.cast(total, keras.config.floatx())
            self.add_loss(loss)
            self._last_loss_and_factor = loss, factor

    def _kl_factor(self, training: Any) -> Any:
        if self._kl_step is None:
            return (self.kl_weight if isinstance(self.kl_weight, float)
                    else self.kl_weight.value)
        # The losses of a layer are those of one call of the whole network.
        last_loss, last_factor = self._last_loss_and_factor
        if any(loss is last_loss for loss in self.losses):
            return last_factor
        factor = self.kl_weight(self._kl_step.value)
        if training:
            self._kl_step.assign_add(1)
        return factor


def _untrained(kl_weight: Any) -> Any:
    """Exclude a variable from training, before a layer tracks it."""
    if isinstance(kl_weight, keras.Variable):
        kl_weight.trainable = False
    return kl_weight
