"""Run every code block of the tutorial of ZhuSuan 0.4 in order, as printed.

The tutorial is `tutorial_vae.txt` in the folder that `ZHUSUAN_SPEC_DIR` names. Its code
has lost the indentation, which `indented` restores.

Around the blocks stands only what the tutorial takes for granted: the imports,
placeholders and sizes in `PREPARATION`, a training set, a picture writer. Where a block
elides lines with `...`, it runs as printed, and then once more with the elided lines
filled in from the block that shows them all, so that later blocks have a model to use.

It is a program of its own because `zhusuan.tf1` is for whole programs.
"""
import doctest
import sys
import warnings

from markdown_code import code_blocks

# What ZhuSuan or TensorFlow might warn a reader of. (Not DeprecationWarning: TensorFlow
# 1.15 has many about itself.)
for category in FutureWarning, RuntimeWarning, UserWarning:
    warnings.simplefilter("error", category)

PREPARATION = """
import os
import time
import numpy as np
tf.set_random_seed(1234)
np.random.seed(1234)
x_dim, z_dim = 28 * 28, 4
epochs, batch_size, iters, save_freq = 2, 20, 5, 2
x_train = (np.random.rand(batch_size * iters, x_dim) < np.linspace(0, 1, x_dim))
x_train = x_train.astype(np.float32)
x_input = tf.placeholder(tf.float32, shape=[None, x_dim])
x = tf.cast(tf.less(tf.random_uniform(tf.shape(x_input)), x_input), tf.int32)
x_batch = x
n = tf.placeholder(tf.int32, shape=[])
n_particles = tf.placeholder(tf.int32, shape=[])
result_path = "results"
def save_image_collections(images, name):
    print("Images of shape {} in {}".format(images.shape, name))
"""


def tensorflow_1():
    """The one import line that differs."""
    import tensorflow
    if tensorflow.__version__.startswith("1."):
        return tensorflow
    import zhusuan.tf1 as tf
    return tf


class Reader:
    """Someone who types the blocks in, one after another, into one namespace."""

    def __init__(self, blocks):
        self.blocks = iter(blocks)
        self.names = {"tf": tensorflow_1()}
        self.add(PREPARATION)

    def add(self, code):
        exec(compile(code, "<tutorial>", "exec"), self.names)

    def next(self, beginning):
        """Run the next block as printed; it must start with `beginning`."""
        block = next(self.blocks)
        assert block.startswith(beginning), block
        self.add(block)
        return block

    def next_elided(self, beginning, full):
        """Run the next block as printed, then with `...` replaced by its lines."""
        self.add(fill_in(self.next(beginning), full))

    def next_doctest(self):
        """Check the next block, a console session with its output."""
        test = doctest.DocTestParser().get_doctest(
            next(self.blocks), self.names, "tutorial", None, 0)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        runner.run(test, clear_globs=False)
        assert (runner.tries, runner.failures) == (1, 0)


def indented(block, last_of_loop=("lbs.append(lb)",)):
    """`block` with the indentation that a text without any must have had.

    A line that ends with a colon opens a level, `return` closes all, and a line of
    `last_of_loop` closes one.
    """
    depth, lines = 0, []
    for line in block.splitlines():
        line = line.strip()
        lines.append("    " * depth + line)
        if line.endswith(":"):
            depth += 1
        elif line.startswith("return"):
            depth = 0
        elif line in last_of_loop:
            depth -= 1
    return "\n".join(lines) + "\n"


def fill_in(block, full):
    """`block` with each `...` replaced by lines of `full`.

    Those are the lines after the last one that both have, up to the next that both
    have.
    """
    full, printed = full.splitlines(), block.splitlines()
    lines, position = [], 0
    for i, line in enumerate(printed):
        if line.strip() == "...":
            following = [full.index(p) for p in printed[i + 1:] if p in full]
            lines += full[position:following[0] if following else len(full)]
        else:
            lines.append(line)
            if line in full:
                position = full.index(line) + 1
    return "\n".join(lines)


def run(blocks):
    """Run all blocks; what they print is the result."""
    reader = Reader(blocks)

    reader.next("import zhusuan as zs")
    reader.add("bn = zs.BayesianNet()")
    reader.next("# z ~ N(z|0, I)")
    reader.next("# x_logits = f_NN(z)")
    reader.next("# x ~ Bernoulli")
    full = reader.next("def build_gen") + "    return bn\n"
    reader.add("build_gen(x_dim, z_dim, n, n_particles)")

    reader.next("bn = zs.BayesianNet(observed")
    reader.next_elided("@zs.meta_bayesian_net", full)
    reader.next_doctest()
    reader.next("# no observation")
    reader.next_elided("@zs.meta_bayesian_net", full)
    reader.next("m = build_gen")

    reader.next("@zs.reuse_variables")
    learning = [reader.next("lower_bound ="), reader.next("# the surrogate cost"),
                reader.next("optimizer =")]

    reader.next_elided("@zs.meta_bayesian_net", full)
    reader.next_elided("@zs.meta_bayesian_net", full)
    reader.add("model = build_gen(x_dim, z_dim, n, n_particles)")
    for block in learning:  # again, for the model that can generate images
        reader.add(block)
    reader.next("bn_gen =")
    reader.next("x_gen =")
    reader.next("with tf.Session")
    assert next(reader.blocks, None) is None, "there are more blocks"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        run([indented(block) for block in code_blocks(source.read())])
