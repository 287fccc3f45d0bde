"""Options of the example scripts, and their errors."""

import argparse
import logging
import os
import sys

from examples.utils.files import UserError


def number(kind, low, high, multiple=None):
    """The type of an option: an int or a float in [low, high]."""
    def parse(text):
        value = kind(text)
        if not low <= value <= high or (multiple and value % multiple):
            raise argparse.ArgumentTypeError("{} was given, expected {} in [{}, {}]{}"
                .format(text, kind.__name__, low, high,
                        ", a multiple of {}".format(multiple) if multiple else ""))
        return value

    parse.__name__ = kind.__name__  # for the errors of argparse
    return parse


seed = number(int, 0, 2 ** 31 - 1)
positive_int = number(int, 1, 2 ** 31 - 1)
positive_float = number(float, 1e-30, 1e30)
#: Options of several scripts, as `add_argument` takes them.
OPTIONS = {
    "epochs": {"type": positive_int, "help": "train up to this epoch"},
    "batch_size": {"type": positive_int, "help": "examples per training step"},
    "particles": {"type": positive_int, "help": "samples of the latents per example"},
    "learning_rate": {"type": positive_float, "help": "learning rate of Adam"},
    "test_particles": {"type": positive_int, "help": "samples of latents in tests"},
    "iters": {"type": positive_int, "help": "steps of training or sampling"},
    "chains": {"type": positive_int, "help": "number of chains"},
    "samples": {"type": positive_int, "help": "draws per chain"},
    "warmup": {"type": positive_int, "help": "transitions that adapt the sampler"},
    "leapfrogs": {"type": positive_int, "help": "leapfrog steps per transition"},
    "z_dim": {"type": positive_int, "help": "number of latents"},
    "hidden": {"type": positive_int, "help": "units of each hidden layer"},
    "width": {"type": positive_int, "help": "channels of the layer next to the image"},
    "turns": {"type": positive_int,
              "help": "steps of the discriminator for each one of the generator"},
    "labels": {"type": number(int, 10, 10000, multiple=10),
               "help": "images with labels, equally many of each class"},
    "labelled_weight": {"type": positive_float, "help": "of the labelled bounds"},
    "classifier_weight": {"type": positive_float, "help": "of log q(y|x) of labels"},
    "dataset": {"choices": ["mnist", "fashion_mnist"], "help": "the images"},
    "data_dir": {"help": "directory of the data set, which is downloaded to it"},
    "resume": {
        "action": "store_true",
        "help": "continue after the last epoch in the result directory"},
    "save_every": {"type": positive_int, "help": "epochs between pictures of samples"},
    "eval_epochs": {
        "type": positive_int, "nargs": "*", "metavar": "EPOCH",
        "help": "epochs to test after, in addition to the last"},
    "is_samples": {
        "type": number(int, 100, 10 ** 9, multiple=100),
        "help": "importance samples per test image"},
    "jit_compile": {"action": "store_true", "help": "compile with XLA"},
    "seed": {"type": seed, "default": 1234, "help": "seed of all random numbers"},
    "result_dir": {"help": "directory of the results"},
    "smoke": {
        "action": "store_true", "help": "test the script in seconds on a part of the "
        "data, with results in the folder smoke of the result directory"},
}


class OptionParser(argparse.ArgumentParser):
    """A parser with --seed, --result-dir, --smoke and options of :data:`OPTIONS`::

        parser = script.OptionParser(__doc__, "vae", epochs=100, z_dim=40)
        parser.add_argument("--layers", type=script.positive_int, default=2)
        args = parser.parse(epochs=2)  # with --smoke, two epochs are the default

    :param doc: The docstring of the script, whose first line --help shows.
    :param name: The default folder of the results, in the folder `results`.
    :param defaults: Defaults of options, by their names in :data:`OPTIONS`.
    """

    def __init__(self, doc, name, **defaults):
        super().__init__(
            description=doc.splitlines()[0], allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        for option in list(defaults) + ["seed", "result_dir", "smoke"]:
            self.add_argument("--" + option.replace("_", "-"), **OPTIONS[option])
        self.set_defaults(result_dir=os.path.join("results", name), **defaults)

    def error(self, message):
        """Exit with one line."""
        self.exit(2, "{}: {}. --help lists the options.\n".format(self.prog, message))

    def parse(self, **smoke):
        """Parse the command line; `smoke` has other defaults for --smoke."""
        args = self.parse_args()
        if args.smoke:
            self.set_defaults(**smoke)
            args = self.parse_args()
            args.result_dir = os.path.join(args.result_dir, "smoke")
        return args


def run(main, args):
    """Call ``main(args)``; exit with a message if the user must act."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # deprecations of 1.15
    try:
        main(args)
    except (UserError, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nInterrupted. With --resume, the same command continues after the last "
              "complete epoch.", file=sys.stderr)
        sys.exit(130)
