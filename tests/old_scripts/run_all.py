"""Run each old script on a graph of its own, in one process."""
import os
import runpy
import sys
import traceback

import tensorflow as tf

FOLDER = os.path.dirname(os.path.abspath(__file__))


def run(path):
    """Whether the script ends as it should."""
    sys.argv = [path]
    try:
        with tf.Graph().as_default():
            runpy.run_path(path, run_name="__main__")
    except SystemExit as error:  # as by tf.app.run()
        return not error.code
    except Exception:
        traceback.print_exc()
        return False
    return True


tf.logging.set_verbosity(tf.logging.ERROR)
failed = [name for name in sys.argv[1:] if not run(os.path.join(FOLDER, name))]
if failed:
    sys.exit("failed: " + ", ".join(failed))
