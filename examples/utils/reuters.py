"""News stories as bags of words: the Reuters corpus that comes with a package."""

import collections

import numpy as np

from examples.utils import known_file
from examples.utils.download import Package
from examples.utils.files import DatasetError, parsing
from examples.utils.known_file import SYNTHETIC, Form, KnownFile

# 395 stories of 1996 with 4,258 different words
_COUNTS_AND_WORDS = Form(
    (KnownFile(("reuters.ldac",),
               "4bfe5b21ed263334ddf7af56f7b38632f6ccae7d9441c8b56071167841e71b5e"),
     KnownFile(("reuters.tokens",),
               "8fc788b258bb76f9e352885cc20971d64e0011b8d74781129d060818930e3d5a")),
    [Package("lda==3.0.2", "lda/tests/")])

#: x_train float32 `[n_train, n_words]`, how often each word occurs in each story;
#: x_test the same; words: a list of n_words strings.
Corpus = collections.namedtuple("Corpus", "x_train x_test words")


def load(data_dir, n_test, seed, progress=True):
    """The corpus, downloaded at the first call; test stories are drawn by the seed.

    :param n_test: How many stories to hold out.
    :return: A `Corpus`.
    :raises DatasetError: It is damaged, or there is no source that has it; or there
        are not so many stories.
    """
    _, (counts, words) = known_file.obtain(
        "reuters", [_COUNTS_AND_WORDS], data_dir, progress, SYNTHETIC)
    with parsing("reuters.tokens"):
        words = words.decode("utf-8").split()
    with parsing("reuters.ldac"):
        counts = parse_ldac(counts.decode("ascii"), len(words))
    return split(counts, words, n_test, seed)


def parse_ldac(text, n_words):
    """Counts from lines `N WORD:COUNT WORD:COUNT ...`, N pairs each.

    :return: float32 `[n_lines, n_words]`.
    """
    rows = [line.split() for line in text.splitlines()]
    counts = np.zeros([len(rows), n_words], np.float32)
    for row, (n_pairs, *pairs) in zip(counts, rows):
        if len(pairs) != int(n_pairs):
            raise DatasetError("A line of the corpus has {} words, but says that there "
                               "are {}".format(len(pairs), n_pairs))
        for pair in pairs:
            word, count = pair.split(":")
            if not 0 <= int(word) < n_words:
                raise DatasetError("The corpus has word {}, but there are {}".format(
                    word, n_words))
            row[int(word)] = int(count)
    return counts


def synthetic(n_docs, n_words, n_topics, n_test, seed):
    """A corpus like it: a story has few topics, a topic its own words.

    :return: A `Corpus`.
    """
    rng = np.random.RandomState(seed)
    topics = rng.dirichlet(np.full(n_words, 0.05), size=n_topics)
    shares = rng.dirichlet(np.full(n_topics, 0.2), size=n_docs)
    counts = [rng.multinomial(100, p / np.sum(p)) for p in shares @ topics]
    words = ["word{}".format(i) for i in range(n_words)]
    return split(np.array(counts, np.float32), words, n_test, seed)


def split(counts, words, n_test, seed):
    """A `Corpus` of the rows of counts, in an order drawn by the seed."""
    if not 0 < n_test < len(counts):
        raise DatasetError(
            "{} stories were to be held out, of {} that there are: expected fewer, and "
            "one at least; choose another --n-test.".format(n_test, len(counts)))
    counts = counts[np.random.RandomState(seed).permutation(len(counts))]
    return Corpus(counts[n_test:], counts[:n_test], words)
