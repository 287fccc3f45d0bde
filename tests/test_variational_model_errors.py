"""Errors of `zs.keras.VariationalModel`."""
import numpy as np
import pytest
import tensorflow as tf
from keras_3 import HAS_KERAS_3

import zhusuan as zs

if not HAS_KERAS_3:
    pytest.skip("requires Keras 3", allow_module_level=True)

import keras
from test_variational_model_keras import (
    FIT,
    QUIET,
    X,
    autoencoder,
    compiled,
    generative,
    networks,
    of_functions,
    variational,
)

from zhusuan.keras import VariationalModel


def build(**changes):
    return VariationalModel(**dict(networks(), **dict({"n_latent": 2}, **changes)))


class LikeOne(zs.layers.LinearWarmup):
    """A schedule that is equal to everything."""

    def __init__(self):
        super().__init__(1., n_steps=2)

    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize("call, error, message", [
    (lambda: build(n_latent=3), ValueError, r"\[n, 6\], means.*it is \[None, 4\]. End"),
    (lambda: build(encoder=None), ValueError, "encoder= is missing"),
    (lambda: build(decoder=keras.Sequential([
        keras.Input((5,)), keras.layers.Dense(6)])), ValueError,
     r"the shape \[n, n_latent\], which is \[n, 2\], but it takes \[None, 5\]"),
    (lambda: build(n_latent=None), TypeError, "n_latent must be an int"),
    (lambda: build(likelihood="gauss"), ValueError, "one of 'normal', .*is 'gauss'"),
    (lambda: build(noise=2.), ValueError, "noise= must be a positive number and req"),
    (lambda: build(model=generative), ValueError, "model= is given too"),
    (lambda: build(encoder=len), TypeError, "layers or models of Keras 3, but"),
    (lambda: build(seed="a"), TypeError, "seed must be an int"),
    (lambda: build().compile("adam", loss="mse"), TypeError,
     'unknown argument loss=. .*objective="elbo"'),
    (lambda: build().compile("adam", metrics=["mae"]), TypeError,
     'unknown argument metrics=. .*objective="elbo"'),
    (lambda: VariationalModel(), TypeError, "model= must be a function"),
    (lambda: VariationalModel(generative), TypeError, "variational= must be a func"),
    (lambda: VariationalModel(generative, lambda x: x), ValueError,
     "variational= must take n_samples, but its arguments are 'x'"),
    (lambda: VariationalModel(generative, variational, networks={
        "enc": keras.layers.Dense(2)}), ValueError,
     "network 'enc' is not an argument of the functions"),
    (lambda: VariationalModel(variational, variational), ValueError,
     "model= takes the data 'x'"),
    (lambda: compiled(objective="elbow"), ValueError, "one of 'elbo', .*it is 'elbow'"),
    (lambda: compiled(n_particles=0), ValueError, "n_particles must be at least 1"),
    (lambda: compiled(kl_weight=-1.), ValueError, "kl_weight must be a finite number"),
    (lambda: compiled(objective="iwae", kl_weight=0.5), ValueError,
     "kl_weight= is for the ELBO, but objective='iwae'. Pass objective=\"elbo\""),
    (lambda: compiled(objective="iwae", kl_weight=LikeOne()), ValueError,
     "kl_weight= is for the ELBO"),
    (lambda: compiled(kl_weight=keras.Variable(0.5, name="beta")), TypeError,
     "a function of the training step, but it is the variable 'beta'. .*lambda step"),
    (lambda: compiled(kl_weight=tf.Variable(0.5, name="beta")), TypeError,
     "it is the variable 'beta:0'. Create it with trainable=False"),
    (lambda: autoencoder().fit(X, **QUIET), ValueError, "must call `compile"),
    (lambda: compiled().fit(X, X, **QUIET), ValueError, "no targets, but y is given"),
    (lambda: compiled().evaluate(X, X, **QUIET), ValueError, "no targets"),
    (lambda: compiled().fit(X, sample_weight=np.ones(96), **QUIET), ValueError,
     "weights are not supported. Omit sample_weight="),
    (lambda: compiled().evaluate(X, n_samples=-1, **QUIET), ValueError,
     "evaluate: n_samples must be at least 0"),
    (lambda: compiled(objective="vimco").fit(X, **QUIET), ValueError,
     "compares samples of the latents 'z', but n_particles is 1"),
    (lambda: compiled().fit({"y": X}, **QUIET), ValueError, "'x', but they have 'y'"),
    (lambda: compiled().fit({"x": X, "t": X}, **QUIET), ValueError,
     "'t' is not an input"),
    (lambda: compiled().fit([X, X], **QUIET), ValueError, "one array, or a dict"),
    (lambda: compiled().fit(X[:, :5], **QUIET), ValueError, "5"),
    (lambda: autoencoder().generate(0), ValueError, "n must be at least 1"),
    (lambda: of_functions().generate(3, {"t": np.ones([2, 1])}), ValueError,
     "n=3 rows, but 't'"),
    (lambda: of_functions().generate(3, {"x": X[:3]}), ValueError,
     "'x' is not an input .*names: t[.]"),
    (lambda: VariationalModel(
        lambda z_size, n_samples: zs.BayesianNet(), variational,
        networks={"encoder": keras.layers.Dense(4)}).predict(X, **QUIET), ValueError,
     "model= requires the argument 'z_size'"),
    (lambda: VariationalModel(generative, lambda x, n_samples: x, networks={
        "decoder": keras.layers.Dense(6)}).predict(X, **QUIET), TypeError,
     "variational= must return a BayesianNet")])
def test_bad_input_raises(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_data_of_another_shape_than_the_outputs_raise():
    encoder = keras.Sequential([keras.layers.Reshape((6,)), keras.layers.Dense(4)])
    model = build(encoder=encoder)
    model.compile()
    with pytest.raises(ValueError, match=r"have the shape \(96, 6, 1\), but the outp"
                                         r"uts of the decoder are for .*\(96, 6\)"):
        model.fit(X[..., None], **dict(FIT, batch_size=96))


def test_densities_without_an_axis_of_data_raise():
    def summed(decoder, n_data, n_samples):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([n_data, 2]), std=1., group_ndims=1,
                      n_samples=n_samples)
        bn.bernoulli("x", decoder(z), group_ndims=2)
        return bn

    model = VariationalModel(summed, variational, networks={
        "encoder": networks()["encoder"], "decoder": keras.layers.Dense(6)})
    model.compile()
    with pytest.raises(ValueError, match="the data 'x' must be separate.*group_ndims"):
        model.fit(X, **FIT)
