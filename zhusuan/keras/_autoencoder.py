"""The functions of a variational autoencoder, for an encoder and a decoder."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._conversion import check_int
from zhusuan.framework import BayesianNet
from zhusuan.keras._likelihoods import LIKELIHOODS

__all__ = ["Autoencoder", "refuse_functions"]


class Autoencoder:
    """A standard normal prior, a diagonal normal posterior, and a likelihood by name.

    :param networks: A dict with the "encoder" and the "decoder".
    :param n_latent: An int, the number of latents of each datum.
    :param likelihood: A name in `LIKELIHOODS`, or a function of a BayesianNet and the
        outputs of the decoder that adds the node "x".
    :param noise: The standard deviation of "normal": a number, or a function without
        arguments that returns it.
    """

    def __init__(self, networks, n_latent, likelihood, noise):
        for name, network in networks.items():
            if network is None:
                raise ValueError("VariationalModel: encoder= and decoder= must be "
                                 "passed together, but %s= is missing." % name)
        if not callable(likelihood) and likelihood not in LIKELIHOODS:
            raise ValueError(
                "VariationalModel: likelihood must be one of %s, or a function of a "
                "BayesianNet and the outputs of the decoder, but it is %r." % (
                    ", ".join(map(repr, LIKELIHOODS)), likelihood))
        if noise is not None and not callable(noise) and (
                likelihood != "normal" or not noise > 0.):
            raise ValueError(
                "VariationalModel: noise= must be a positive number and requires "
                'likelihood="normal", but it is %r and likelihood is %r.' % (
                    noise, likelihood))
        self._n_latent = check_int("VariationalModel: n_latent", n_latent)
        self._likelihood, self._noise = likelihood, noise
        # Networks that are not built, and some classes, have no static shapes.
        self._check_encoder(getattr(networks["encoder"], "output_shape", None))
        self._check_decoder(getattr(networks["decoder"], "input_shape", None))

    def model(self, decoder, n_data, n_samples):
        """The generative function."""
        bn = BayesianNet()
        dtype = tf.as_dtype(decoder.variable_dtype)
        z = bn.normal("z", tf.zeros([n_data, self._n_latent], dtype),
                      std=tf.constant(1., dtype), group_ndims=1, n_samples=n_samples)
        outputs = _decode(decoder, z.tensor)
        if callable(self._likelihood):
            self._likelihood(bn, outputs)
        else:
            observation = bn._observed.get("x")
            dist = self._distribution(
                outputs, tf.int32 if observation is None else outputs.dtype)
            if observation is not None:
                _check_shape(observation.function(dist), dist)
            bn.stochastic("x", dist)
        return bn

    def variational(self, encoder, x, n_samples):
        """The variational function."""
        bn = BayesianNet()
        outputs = tf.cast(encoder(x), encoder.variable_dtype)
        self._check_encoder(tuple(outputs.shape))
        mean, logstd = tf.split(outputs, 2, axis=-1)
        bn.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=n_samples)
        return bn

    def _distribution(self, outputs, dtype):
        """The distribution of data, given outputs with axes for samples and data.

        :param dtype: The dtype of discrete data.
        """
        if self._likelihood == "heteroscedastic_normal" and (
                outputs.shape[-1] is None or outputs.shape[-1] % 2):
            raise ValueError(
                "VariationalModel: likelihood=\"heteroscedastic_normal\" requires two "
                "outputs of the decoder for each number, the mean and the scale, along "
                "the last axis, but they have the shape %s." % (outputs.shape[1:],))
        noise = self._noise() if callable(self._noise) else self._noise
        if noise is not None:
            noise = tf.cast(noise, outputs.dtype)
        # All axes but those of samples and data are one event.
        return LIKELIHOODS[self._likelihood](
            outputs, outputs.shape.rank - 2, noise, True, dtype)

    def _check_encoder(self, shape):
        n = 2 * self._n_latent
        if shape is not None and (len(shape) != 2 or shape[-1] not in (None, n)):
            raise ValueError(
                "VariationalModel: the outputs of the encoder must have the shape [n, "
                "%d], means and log standard deviations of n_latent=%d numbers, but it "
                "is %s. End the encoder with Dense(%d)." % (
                    n, self._n_latent, list(shape), n))

    def _check_decoder(self, shape):
        if shape is not None and (
                len(shape) != 2 or shape[-1] not in (None, self._n_latent)):
            raise ValueError(
                "VariationalModel: the decoder must take inputs of the shape [n, "
                "n_latent], which is [n, %d], but it takes %s. Begin it with "
                "keras.Input((%d,))." % (
                    self._n_latent, list(shape), self._n_latent))


def refuse_functions(**given):
    """Raise if arguments that define a model by functions are given, by name."""
    names = [name + "=" for name, x in given.items() if x is not None]
    if names:
        raise ValueError(
            "VariationalModel: an encoder and a decoder define the whole model, whose "
            'data are "x", but %s is given too. Omit it, or pass functions that take '
            "the networks." % ", ".join(names))


def _check_shape(x, dist):
    """Raise unless the data have the shape that follows from the outputs."""
    own = dist.get_batch_shape()[1:].concatenate(dist.get_value_shape())
    if not own.is_compatible_with(x.shape):
        raise ValueError(
            "VariationalModel: the data \"x\" have the shape %s, but the outputs of "
            "the decoder are for data of the shape %s. Add a layer such as "
            "keras.layers.Reshape to the decoder, or reshape the data."
            % (x.shape, own))


def _decode(decoder, z):
    """The outputs for latents `[n_samples, n, n_latent]`, with both first axes.

    Networks such as convolutional ones have one axis of data.
    """
    flat = decoder(tf.reshape(z, tf.concat([[-1], tf.shape(z)[2:]], axis=0)))
    outputs = tf.reshape(tf.cast(flat, decoder.variable_dtype), tf.concat(
        [tf.shape(z)[:2], tf.shape(flat)[1:]], axis=0))
    return tf.ensure_shape(outputs, z.shape[:2] + flat.shape[1:])
