# -*- coding: utf-8 -*-
"""The nets."""
from __future__ import absolute_import, division, print_function

import math
import sys

import numpy as np
import tensorflow as tf
import tensorflow.contrib.eager as tfe  # was for the notebook
import zhusuan as zs
from tensorflow.contrib import framework as tcf
from tensorflow.contrib.framework import add_arg_scope, arg_scope
from tensorflow.contrib.nn import conv1d_transpose
from tensorflow.contrib.seq2seq import sequence_loss

from . import __version__
from .data import GO, PAD

# if tfe.executing_eagerly(): ...


@add_arg_scope
def affine(x, size, activation=None, use_bias=True, scope=None):
    """Dense layer by hand; its bias is a model variable, its weights are added."""
    with tf.variable_scope(scope, 'affine', [x]):
        w = tf.get_variable('w', [x.get_shape()[-1].value, size],
                            initializer=tf.contrib.layers.xavier_initializer())
        tcf.add_model_variable(w)
        y = tf.tensordot(x, w, [[x.get_shape().ndims - 1], [0]])
        if use_bias:
            y += tcf.model_variable('b', [size], initializer=tf.zeros_initializer())
        return y if activation is None else activation(y)


@add_arg_scope
def deconv(x, size, width=3, stride=2, scope='deconv'):
    """[n, t, c] -> [n, t * stride, size]"""
    n, t, c = x.get_shape().as_list()
    with tf.variable_scope(scope):
        kernel = tf.get_variable('kernel', [width, size, c])
        y = conv1d_transpose(x, kernel, [n, t * stride, size], stride, padding='SAME')
        bias = tf.get_variable('bias', [size], initializer=tf.zeros_initializer())
        return tf.nn.bias_add(y, bias)


class SentenceVAE(object):
    def __init__(self, hps, n_vocab):
        self.hps = hps
        self.n_vocab = n_vocab
        self.x = tf.placeholder(tf.int32, [hps.batch_size, hps.length], 'words')
        self.weights = tf.placeholder(tf.float32, [hps.batch_size, hps.length], 'mask')
        self.kl_weight = tf.placeholder_with_default(1., [], 'kl_weight')
        with tf.variable_scope('embedding'):
            self.table = tcf.variable('table', [n_vocab, hps.n_embed],
                                      initializer=tf.random_uniform_initializer(-1, 1))
        self._build()

    def _embed(self, ids):
        return tf.nn.embedding_lookup(self.table, ids)

    def _encoder(self):
        hps = self.hps

        @zs.reuse_variables('encoder')
        def q_net(x):
            bn = zs.BayesianNet()
            cell = tf.nn.rnn_cell.GRUCell(hps.n_hidden)
            _, h = tf.nn.dynamic_rnn(
                cell, self._embed(x), dtype=tf.float32,
                sequence_length=tf.to_int32(tf.reduce_sum(self.weights, 1)))
            with arg_scope([affine], use_bias=True):
                mean = affine(h, hps.z_dim, scope='mean')
                logstd = affine(h, hps.z_dim, activation=tf.tanh, scope='logstd')
            bn.normal('z', mean, logstd=logstd, group_ndims=1)
            return bn

        return q_net(self.x)

    def _decoder(self):
        hps, n_vocab = self.hps, self.n_vocab

        @zs.meta_bayesian_net(scope='decoder', reuse_variables=True)
        def p_net():
            bn = zs.BayesianNet()
            z = bn.normal('z', tf.zeros([hps.batch_size, hps.z_dim]), std=1.,
                          group_ndims=1)
            with arg_scope([affine], activation=tf.nn.elu), \
                    arg_scope([deconv], width=hps.width):
                h = affine(z, hps.length // 4 * hps.n_hidden, scope='start')
                h = tf.reshape(h, [hps.batch_size, hps.length // 4, hps.n_hidden])
                h = tf.nn.relu(deconv(h, hps.n_hidden, scope='up_1'))
                h = deconv(h, hps.n_hidden, scope='up_2')
                logits = affine(h, n_vocab, activation=None, scope='logits')
            bn.deterministic('logits', logits)
            bn.categorical('x', logits, group_ndims=1)
            return bn

        return p_net()

    def _build(self):
        hps = self.hps
        variational = self._encoder()
        self.z = variational['z'].tensor
        meta = self._decoder()
        bn = meta.observe(x=self.x, z=self.z)
        logits = bn['logits'].tensor if hasattr(bn['logits'], 'tensor') else bn['logits']
        # the padding does not count
        self.loss = sequence_loss(logits, self.x, self.weights)
        self.loss_per_word = sequence_loss(
            logits, self.x, self.weights, average_across_timesteps=False)
        self.loss_per_sentence = sequence_loss(
            logits, self.x, self.weights, average_across_batch=False)
        self.all_losses = sequence_loss(logits, self.x, self.weights,
                                        average_across_timesteps=False,
                                        average_across_batch=False)
        kl = variational.cond_log_prob('z') - bn.cond_log_prob('z')
        self.kl = tf.reduce_mean(kl)
        self.bound = zs.variational.elbo(
            meta, {'x': self.x}, variational=variational)
        self.cost = self.loss * hps.length + self.kl_weight * self.kl
        self.median = tf.contrib.distributions.percentile(self.all_losses, 50.)
        self.low = tf.contrib.distributions.percentile(
            self.all_losses, 20., axis=[1], interpolation='lower')
        self.high = tf.contrib.distributions.percentile(
            self.all_losses, q=80, axis=0, interpolation='higher', keep_dims=True)

        self.params = tf.trainable_variables()
        grads = tf.gradients(self.cost, self.params, stop_gradients=[self.z])
        self.grads = [None if g is None else tf.convert_to_tensor(g) for g in grads]
        self.grads = tf.tuple(self.grads)
        self.global_step = tcf.get_or_create_global_step()
        optimizer = tf.train.RMSPropOptimizer(hps.learning_rate, momentum=hps.momentum)
        self.train_op = optimizer.apply_gradients(
            [(g, p) for g, p in zip(self.grads, self.params) if g is not None],
            global_step=self.global_step)
