#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""python -m sentence_vae.train --hparams=n_hidden=5,momentum=0.5"""
from __future__ import absolute_import, division, print_function

import argparse
import os
import sys
import time

import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim
from tensorflow.contrib.framework import get_trainable_variables, get_variables
from tensorflow.contrib.training import HParams

from weights import report, set_weights, wave

from . import data, model as model_lib
from .model import SentenceVAE


def default_hparams():
    return HParams(
        batch_size=3,
        length=8,
        n_embed=4,
        n_hidden=4,
        z_dim=2,
        width=3,
        learning_rate=0.01,
        momentum=0.9,
        schedule=[0.1, 0.5, 1.],
    )


def parse_args(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument('--hparams', type=str, default='', help='name=value,...')
    parser.add_argument('--logdir', type=str, default=None)
    parser.add_argument('--epochs', type=int, default=2)
    parser.add_argument('-v', '--verbose', action='store_true')
    return parser.parse_args(argv)


def show(model):
    names = [v.op.name for v in get_variables()]
    for name in names:
        print(name)
    report('sentence names', sum(len(name) for name in names))
    report('sentence trainable', len(get_trainable_variables()))
    report('sentence decoder', len(get_variables('decoder')))
    report('sentence encoder', len(tf.contrib.framework.get_variables(scope='encoder')))
    report('sentence model variables',
           len(tf.contrib.framework.get_model_variables()))
    report('sentence biases', len(tf.contrib.framework.get_variables_by_suffix('b')))
    report('sentence named w', len(tf.contrib.framework.get_variables_by_name('w')))
    report('sentence to restore', len(tf.contrib.framework.get_variables_to_restore(
        include=['decoder', 'embedding'], exclude=['decoder/logits'])))
    unique = tf.contrib.framework.get_unique_variable('decoder/logits/w')
    report('sentence logits', unique.get_shape().num_elements())


def train(args, hps):
    x, weights, vocabulary = data.load(hps.length)
    model = SentenceVAE(hps, len(vocabulary))
    show(model)
    summary = tf.summary.merge([tf.summary.scalar('cost', model.cost),
                                tf.summary.scalar('kl', model.kl)])
    saver = tf.train.Saver(max_to_keep=1)
    writer = None if args.logdir is None else tf.summary.FileWriter(args.logdir)
    with tf.Session() as sess:
        set_weights(sess)
        for epoch in range(args.epochs):
            kl_weight = hps.schedule[min(epoch, len(hps.schedule) - 1)]
            start = time.time()
            for i, (xs, ws) in enumerate(data.batches(x, weights, hps.batch_size)):
                feed = {model.x: xs, model.weights: ws, model.kl_weight: kl_weight,
                        model.z: wave(hps.batch_size, hps.z_dim)}
                cost, kl, bound, grads, median, high, low = sess.run(
                    [model.cost, model.kl, model.bound.tensor, model.grads,
                     model.median, model.high, model.low], feed_dict=feed)
                name = 'sentence {} {{}} {} {}'.format(vocabulary.words[3], epoch, i)
                report(name.format('cost'), cost)
                report(name.format('kl'), kl)
                report(name.format('bound'), np.mean(bound))
                report(name.format('gradient'), sum(
                    np.square(g).sum() for g in grads if g is not None))
                report(name.format('median'), median)
                report(name.format('high'), high.sum())
                report(name.format('low'), low.sum())
                _, text = sess.run([model.train_op, summary], feed_dict=feed)
                if writer is not None:
                    writer.add_summary(text, sess.run(model.global_step))
            print('epoch {} {:.1f}s'.format(epoch, time.time() - start))
        by_word, by_sentence, each = sess.run(
            [model.loss_per_word, model.loss_per_sentence, model.all_losses], feed)
        report('sentence loss per word', by_word.sum())
        report('sentence loss per sentence', by_sentence.sum())
        report('sentence losses', np.cos(each).sum())
        report('sentence losses size', each.size)
        report('sentence step', sess.run(model.global_step))
        if args.logdir is not None:
            saver.save(sess, os.path.join(args.logdir, 'model.ckpt'),
                       global_step=model.global_step)


def main(argv=None):
    args = parse_args(argv)
    hps = default_hparams()
    hps.parse(args.hparams)
    if args.verbose:
        tf.logging.set_verbosity(tf.logging.INFO)
        print(sorted(hps.values().items()), __package__, model_lib.__version__)
    assert __package__ == 'sentence_vae' and __name__ == '__main__'
    train(args, hps)


if __name__ == '__main__':
    main()
