"""Packaging of ZhuSuan: what it needs, and which files belong to it."""
import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def version():
    """`__version__` of the package, read without importing TensorFlow."""
    found = re.search(r'^__version__ = "([^"]+)"$', read("zhusuan/__init__.py"), re.M)
    return found.group(1)


# TensorFlow 1.15 is the last release for Python 3.7 that still has the
# TensorFlow-1 runtime. It fails with later releases of numpy and protobuf, which its
# own requirements do not exclude.
TENSORFLOW = [
    "tensorflow>=1.15,<2; python_version < '3.8'",
    "numpy>=1.16,<1.19; python_version < '3.8'",
    "protobuf<3.21; python_version < '3.8'",
    "tensorflow>=2.16; python_version >= '3.10'",
    "numpy>=1.23; python_version >= '3.10'",
]

# No upper bounds for Python 3.7: pip selects the last releases that support it.
TF1 = ["tf_keras>=2.16; python_version >= '3.10'"]  # tf.keras in v1 graphs
EXAMPLES = ["tqdm", "matplotlib", "scipy>=1.7"]
METRICS = ["scikit-learn>=1"]
TEST = ["pytest>=7", "pytest-xdist>=3.2", "hypothesis>=6", "mpmath>=1.3", "jedi>=0.19",
        "arviz>=0.17,<1; python_version >= '3.10'",
        "tensorflow-probability>=0.25; python_version >= '3.10'",
        ] + EXAMPLES + METRICS + TF1
DOCS = [
    "sphinx>=7; python_version >= '3.10'",
    "myst-parser>=2; python_version >= '3.10'",
    "furo>=2024.8; python_version >= '3.10'",
    "sphinx-copybutton>=0.5.2; python_version >= '3.10'",
    "sphinx-design>=0.6; python_version >= '3.10'",
    "latex2mathml>=3.77; python_version >= '3.10'",  # formulas as MathML
    "ziamath>=0.12; python_version >= '3.10'",  # the font of formulas
    "fonttools>=4.50; python_version >= '3.10'",
    "matplotlib", "scipy>=1.7",  # plots of distributions, by the table of the tests
    "jupytext>=1.16; python_version >= '3.10'",
    "nbclient>=0.9; python_version >= '3.10'",
    "ipykernel>=6.29; python_version >= '3.10'",
]
# The peers that benchmarks/ compares with; each may be missing.
BENCH = ["scipy", "matplotlib", "arviz>=0.17,<1; python_version >= '3.10'",
         "tensorflow-probability>=0.25; python_version >= '3.10'",
         "numpyro>=0.15; python_version >= '3.10'",
         "pymc>=5.20; python_version >= '3.11'",
         "nutpie[pymc]>=0.16; python_version >= '3.11'",
         "torch>=2.4; python_version >= '3.10'",
         "tf_keras>=2.16; python_version >= '3.10'",  # of TensorFlow Probability
         "pyro-ppl>=1.9; python_version >= '3.10'"]
DEV = TEST + DOCS + ["ruff>=0.17,<0.18", "mypy>=2.4,<2.5; python_version >= '3.10'"]

setup(
    name="zhusuan",
    version=version(),
    description="Probabilistic programming for Bayesian deep learning on TensorFlow",
    long_description=read("README.md"),
    long_description_content_type="text/markdown",
    author="The ZhuSuan developers",
    license="MIT",
    python_requires=">=3.7,!=3.8.*,!=3.9.*",
    packages=find_packages(include=["zhusuan", "zhusuan.*"]),
    package_data={"": ["py.typed", "*.pyi"]},
    install_requires=["six"] + TENSORFLOW,
    extras_require={"examples": EXAMPLES, "metrics": METRICS, "tf1": TF1, "test": TEST,
                    "docs": DOCS, "bench": BENCH, "dev": DEV},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3.7",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
)
