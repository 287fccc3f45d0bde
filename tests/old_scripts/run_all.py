"""Run each old script on a graph of its own, in one process."""
import os
import runpy
import sys

import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
for name in sys.argv[1:]:
    with tf.Graph().as_default():
        path = os.path.join(os.path.dirname(__file__), name)
        runpy.run_path(path, run_name="__main__")
