"""Run a script of code blocks as a reader of the documentation would.

    python page_program.py SCRIPT

Warnings that ZhuSuan or TensorFlow might give a reader are errors.
"""
import runpy
import sys
import warnings

for category in FutureWarning, RuntimeWarning, UserWarning:
    warnings.simplefilter("error", category)
# ArviZ announces its next major version.
warnings.filterwarnings(
    "ignore", r"\s*ArviZ is undergoing a major refactor", FutureWarning)
# TensorFlow Probability warns of a setting of GPUs; its layers use Keras 2 in old ways.
for message in ("TensorFloat-32 matmul/conv", "`layer.add_variable` is deprecated",
                "The initializer .* is unseeded"):
    warnings.filterwarnings("ignore", message, UserWarning)

if __name__ == "__main__":
    runpy.run_path(sys.argv[1], run_name="__main__")
