"""What a script does beside its subject: options, errors, Ctrl-C."""

import argparse
import logging
import os
import sys

from examples.utils.checkpoint import CheckpointError
from examples.utils.files import DatasetError
from examples.utils.optional import MissingPackageError


class OptionParser(argparse.ArgumentParser):
    """Shows defaults in --help; says what is wrong with an option in one line."""

    def __init__(self, description):
        super().__init__(
            description=description, allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter)

    def error(self, message):
        """Exit with code 2."""
        self.exit(2, "{}: {}. --help lists the options.\n".format(
            os.path.basename(self.prog), message))


def positive_int(text):
    """The type of an option that counts something."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(
            "{} was given, expected a whole number from 1 up".format(text))
    return value


def positive_float(text):
    """The type of an option such as a learning rate."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(
            "{} was given, expected a number greater than 0".format(text))
    return value


def seed(text):
    """The type of --seed: what both numpy and TensorFlow take."""
    value = int(text)
    if not 0 <= value < 2 ** 31:
        raise argparse.ArgumentTypeError(
            "{} was given, expected a whole number in 0..2147483647".format(text))
    return value


def run(main, args):
    """Call ``main(args)``, and exit with one paragraph if the user must act.

    :param main: The program. Anything else that it raises is a fault in it and
        shows its traceback.
    :param args: The options.
    """
    # TensorFlow 1.15 announces its successor at each name that a script uses.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        main(args)
    except (CheckpointError, DatasetError, MissingPackageError, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nInterrupted. To go on after the last complete epoch, give the "
              "same command with --resume.", file=sys.stderr)
        sys.exit(130)
