# -*- coding: utf-8 -*-
from __future__ import absolute_import, division, print_function

import os
import random
from collections import Counter, defaultdict

import numpy as np
from six.moves import range, zip

PAD, GO, EOS = 0, 1, 2
# VOCAB_FILE = os.path.join(os.path.dirname(__file__), 'vocab.txt')

SENTENCES = u"""
the cat sat on the mat
a dog sat on a log
the dog ran to the cat
a cat ran
on the log sat the dog
the mat ran to a dog
"""


class Vocabulary(object):
    def __init__(self, sentences):
        counts = Counter(w for s in sentences for w in s)
        words = sorted(counts, key=lambda w: (-counts[w], w))
        self.words = ['<pad>', '<go>', '<eos>'] + words
        self.ids = dict(zip(self.words, range(len(self.words))))

    def __len__(self):
        return len(self.words)

    def encode(self, sentence):
        return [self.ids[w] for w in sentence] + [EOS]


def read_sentences():
    return [line.split() for line in SENTENCES.strip().split(u'\n')]


def pad(rows, length):
    out = np.zeros([len(rows), length], dtype=np.int32)
    for target, row in zip(out, rows):
        target[:len(row)] = row
    return out


def load(length):
    sentences = read_sentences()
    vocabulary = Vocabulary(sentences)
    x = pad([vocabulary.encode(s) for s in sentences], length)
    weights = (x != PAD).astype(np.float32)
    # order = list(range(len(x)))
    # random.shuffle(order)
    return x, weights, vocabulary


def batches(x, weights, size):
    for i in range(0, len(x) - size + 1, size):
        yield x[i:i + size], weights[i:i + size]
