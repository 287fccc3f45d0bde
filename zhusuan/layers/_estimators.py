"""Estimators of the outputs of a linear map with random weights.

All of them are functions of a linear map ``product(inputs, kernel)``, such as a matrix
product or a convolution, of parameters of the posterior and of noise. They hold no
state and draw no random numbers.
"""
from __future__ import annotations

from typing import Any, Callable, Optional

import tensorflow.compat.v2 as tf

__all__ = ["flipout", "local_reparameterization", "reparameterization"]

_Product = Callable[[Any, Any], Any]


def reparameterization(product: _Product, inputs: Any, kernel: Any,
                       bias: Optional[Any]) -> Any:
    """One draw of the weights for all inputs.

    :param product: A function of inputs and kernel that is linear in both.
    :param kernel: A draw of the kernel.
    :param bias: A draw of the bias that broadcasts to the outputs, or None.
    """
    return _with_bias(product(inputs, kernel), bias)


def flipout(product: _Product, inputs: Any, kernel: Any, perturbation: Any,
            input_signs: Any, output_signs: Any, bias: Optional[Any],
            bias_perturbation: Optional[Any]) -> Any:
    """Pseudo-independent draws of the weights for each input.

    Wen et al. (2018, "Flipout", eq. 3 and 4): the kernel of datum n is
    ``kernel + perturbation * s_n r_n'`` with signs s_n and r_n. The distribution of the
    perturbation has to be symmetric, with independent elements.

    :param kernel: The mean of the kernel.
    :param perturbation: A draw of the kernel less its mean.
    :param input_signs: Independent signs s_n that broadcast to the inputs.
    :param output_signs: Independent signs r_n that broadcast to the outputs.
    :param bias: The mean of the bias, or None.
    :param bias_perturbation: A draw of the bias less its mean; None if it is 0.
    """
    changes = product(inputs * input_signs, perturbation)
    changes = _with_bias(changes, bias_perturbation) * output_signs
    return _with_bias(product(inputs, kernel), bias) + changes


def local_reparameterization(product: _Product, inputs: Any, kernel: Any,
                             kernel_variance: Any, bias: Optional[Any],
                             bias_variance: Optional[Any]) -> Any:
    """The means and standard deviations of normal outputs.

    Kingma, Salimans and Welling (2015, "Variational dropout and the local
    reparameterization trick", eq. 6), for kernels of independent normal elements.

    :param kernel: The mean of the kernel.
    :param kernel_variance: The variances of its elements.
    :param bias: The mean of the bias, or None.
    :param bias_variance: The variances of its elements; None if they are 0.
    :return: A pair of Tensors of the shape of the outputs.
    """
    variance = _with_bias(product(tf.square(inputs), kernel_variance), bias_variance)
    return _with_bias(product(inputs, kernel), bias), _root(variance)


def _root(x: Any) -> Any:
    """The square root, with derivative 0 instead of inf at 0."""
    is_positive = x > 0
    return tf.where(is_positive, tf.sqrt(tf.where(is_positive, x, tf.ones_like(x))),
                    tf.zeros_like(x))


def _with_bias(outputs: Any, bias: Optional[Any]) -> Any:
    return outputs if bias is None else outputs + bias
