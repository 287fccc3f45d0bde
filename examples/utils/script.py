"""Options of the example scripts, and their errors."""

import argparse
import logging
import os
import sys

from examples.utils.files import UserError


def checked(kind, is_valid, expected):
    """The type of an option: an int or a float that `is_valid` accepts."""
    def parse(text):
        if not is_valid(kind(text)):
            raise argparse.ArgumentTypeError(text + " was given, expected " + expected)
        return kind(text)

    parse.__name__ = kind.__name__  # for the errors of argparse
    return parse


positive_int = checked(int, lambda value: value > 0, "an integer of at least 1")
positive_float = checked(float, lambda x: 0 < x < float("inf"), "a positive number")
#: Options of several scripts: their types, or arguments of `add_argument`; help.
OPTIONS = {
    "epochs": (positive_int, "train up to this epoch"),
    "batch_size": (positive_int, "examples per training step"),
    "particles": (positive_int, "samples of the latents per example"),
    "test_particles": (positive_int, "samples of the latents in tests"),
    "iters": (positive_int, "steps of training or sampling"),
    "chains": (positive_int, "number of chains"),
    "samples": (positive_int, "draws per chain"),
    "warmup": (positive_int, "transitions that adapt the sampler"),
    "leapfrogs": (positive_int, "leapfrog steps per transition"),
    "learning_rate": (positive_float, "learning rate, or its maximum"),
    "z_dim": (positive_int, "number of latents"),
    "hidden": (positive_int, "units of each hidden layer"),
    "width": (positive_int, "channels of the layer next to the image"),
    "turns": (positive_int, "steps of the discriminator for each of the generator"),
    "labels": (checked(int, lambda value: value > 0 and value % 10 == 0,
                       "a multiple of 10"), "images with labels, equal in each class"),
    "label_seed": (positive_int, "seed of the choice of labels, by default --seed"),
    "labelled_weight": (positive_float, "weight of the labelled bounds"),
    "classifier_weight": (positive_float, "weight of log q(y|x) of labels"),
    "dataset": ({"choices": ["mnist", "fashion_mnist"]}, "the images"),
    "data_dir": (str, "directory of the data set, which is downloaded to it"),
    "preset": ({"choices": ["paper"]}, "schedule of the run in docs/results"),
    "validate": ({"action": "store_true"}, "hold out training images for the tests"),
    "resume": ({"action": "store_true"}, "continue the run in the result directory"),
    "save_every": (positive_int, "epochs between pictures of samples"),
    "eval_epochs": ({"type": positive_int, "nargs": "*", "metavar": "EPOCH"},
                    "epochs to test after, in addition to the last"),
    "is_samples": (checked(int, lambda value: value > 0 and value % 100 == 0,
                           "a multiple of 100"), "importance samples per test image"),
    "jit_compile": ({"action": "store_true"}, "compile with XLA"),
    "fastest": ({"action": "store_true"}, "use --jit-compile if it is faster here"),
    "steps_per_run": (positive_int, "training steps in one run of the session"),
    "seed": (checked(int, lambda value: 0 <= value < 2 ** 31,
                     "an integer in 0..2147483647"), "seed of all random numbers"),
    "result_dir": (str, "directory of the results"),
    "smoke": ({"action": "store_true"}, "test the script in seconds on a part of the "
              "data, with results in the folder smoke of the result directory"),
}


class OptionParser(argparse.ArgumentParser):
    """A parser with --seed, --result-dir, --smoke and options of :data:`OPTIONS`.

    :param name: The default folder of the results, in the folder `results`.
    """

    def __init__(self, doc, name, **defaults):
        super().__init__(description=doc.splitlines()[0], allow_abbrev=False,
                         formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        defaults.update(
            seed=1234, result_dir=os.path.join("results", name), smoke=False)
        for option, default in defaults.items():
            kind, text = OPTIONS[option]
            self.add_argument(
                "--" + option.replace("_", "-"), default=default, help=text,
                **(kind if isinstance(kind, dict) else {"type": kind}))

    def error(self, message):
        self.exit(2, "{}: {}. --help lists the options.\n".format(self.prog, message))

    def parse(self, paper=None, **smoke):
        """Parse the command line; --preset paper and --smoke change defaults."""
        args = self.parse_args()
        if paper and args.preset:
            self.set_defaults(**paper)
            args = self.parse_args()
        if args.smoke:
            self.set_defaults(**smoke)
            args = self.parse_args()
            args.result_dir = os.path.join(args.result_dir, "smoke")
        if vars(args).get("fastest") and (
                args.jit_compile or args.resume or args.steps_per_run):
            self.error("--fastest excludes --jit-compile, --resume and --steps-per-run")
        args.defaults = vars(self.parse_args([]))
        return args


def run(main, args):
    """Call ``main(args)``; exit with a message if the user must act."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # deprecations of 1.15
    try:
        main(args)
    except (UserError, OSError, NotImplementedError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        hint = "; --resume continues from the last epoch"
        has_option = getattr(args, "defaults", {}).get("resume") is False
        print("\nInterrupted" + hint * has_option, file=sys.stderr)
        sys.exit(130)
