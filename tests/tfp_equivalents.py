"""Values for the tables of docs/tutorials/from-tfp.md, and their rows.

A row holds two Python expressions, one of each library, in terms of the names below.
"""
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tutorials" / "from-tfp.md"


class Row(NamedTuple):
    """A row of a table."""

    #: The expression of TensorFlow Probability, without the name of the package.
    tfp: str
    #: The expression of ZhuSuan, or None without an equivalent.
    ours: str
    #: The last column.
    notes: str

    @property
    def name(self):
        """The name that the row is about."""
        return re.match(r"\w+", self.tfp).group()

    @property
    def is_call(self):
        """Whether the expression makes an object or a number."""
        return "(" in self.tfp

    @property
    def is_class(self):
        """Whether the row is about a class."""
        return self.name[0].isupper()


def rows(heading):
    """The rows of the first table under a heading of the page, a list."""
    section = PAGE.read_text(encoding="utf-8").split("\n## %s\n" % heading)[1]
    table = section[section.index("| TFP |"):].split("\n\n")[0].splitlines()[2:]
    found = [re.match(r"\| `(.+?)` \| (?:`(.+?)`|none) \| (.*?) *\|$", line)
             for line in table]
    assert all(found), "rows of another form: %s" % [
        line for line, match in zip(table, found) if not match]
    return [Row(*match.groups()) for match in found]


MATRIX = np.array([[1.2, 0.4, -0.2], [0.5, 0.8, 0.3], [-0.3, 0.1, 1.5]])
TRIL = np.tril(MATRIX)
# Values in the domains of bijectors; other rows have the first.
DOMAINS = {
    "": [0.4, -1.3, 0.7], "positive": [0.4, 1.3, 0.7], "tril": TRIL, "matrix": MATRIX,
    "probabilities": [0.4, 0.1, 0.7]}
DOMAIN_OF = {
    "Log": "positive", "Log1p": "positive", "Square": "positive", "Power": "positive",
    "FrechetCDF": "positive", "GompertzCDF": "positive", "RayleighCDF": "positive",
    "ShiftedGompertzCDF": "positive", "WeibullCDF": "positive",
    "Reciprocal": "positive", "CholeskyOuterProduct": "tril",
    "CholeskyToInvCholesky": "tril", "MatrixInverseTriL": "tril",
    "TransformDiagonal": "matrix", "Transpose": "matrix",
    "KumaraswamyCDF": "probabilities", "Invert": "positive",
    "PowerTransform": "positive"}


def value_in_domain(name):
    """A float32 Tensor in the domain of a bijector of TensorFlow Probability."""
    return tf.constant(DOMAINS[DOMAIN_OF.get(name, "")], tf.float32)


def values(name, dtype):
    """The values of the names in expressions of the row of `name`, a dict."""
    def floats(*numbers):
        return tf.constant(numbers, dtype)

    simplex = floats([0.2, 0.5, 0.3], [0.6, 0.1, 0.3])
    general = {
        "loc": floats(0.3, -1.2), "scale": floats(1.7, 0.6),
        "concentration": floats(2.5, 1.3), "rate": floats(1.5, 0.4),
        "rate2": floats(0.8, 2.4), "log_rate": floats(0.4, -0.3),
        "df": floats(3.2, 7.), "low": floats(-1., 0.), "peak": floats(0.5, 1.),
        "high": floats(2., 3.), "logits": floats(0.4, -1.),
        "probs": floats(0.3, 0.8), "total_count": floats(5., 8.),
        "concentration1": floats(2.5, 0.7), "concentration0": floats(1.4, 3.),
        "temperature": floats(0.7)[0], "skewness": floats(0.3, -0.4),
        "tailweight": floats(1.2, 0.8), "power": floats(1.5, 2.5),
        "probits": floats(0.3, -0.8), "noncentrality": floats(1.2, 3.),
        "mixing_concentration": floats(2.2, 1.4), "mixing_rate": floats(0.7, 1.8),
        "mask": tf.constant([True, False]), "dimension": 3,
        "loc_0": floats(0.4)[0], "scale_0": floats(0.7)[0],
        "concentration_0": floats(2.5)[0], "shift": floats(0.4, -0.7, 1.),
        "cutpoints": floats(-1., 0.5, 2.), "outcomes": floats(0.5, 2., 4.),
        "scores": floats(0.5, 2., 4.), "samples": floats(0.5, 2., 4.),
        "mean_direction": floats(0.6, 0., 0.8),
        "scale_diag": floats(1.7, 0.6), "cov_diag_factor": floats(1.7, 0.6),
        "scale_perturb_factor": floats([0.4], [0.9]),
        "cov_perturb_factor": floats([0.4], [0.9]),
        "scale_tril": floats([1.3, 0.], [-0.4, 0.8]),
        "covariance_matrix": floats([1.3, 0.4], [0.4, 0.8]),
        "matrix": floats([0.1, 0.2], [-0.4, 1.4]),
        "transition_logits": floats([0.2, -0.4], [1.2, 0.1]),
        "transition_matrix": floats([0.9, 0.1], [0., 0.8]),
        "eigenvalues": floats(0.5, 1.2), "eigenvectors": tf.eye(2, dtype=dtype),
        "index_points": floats([0.1], [0.7], [2.]),
        "observations": floats(0.4, -0.2, 0.9),
        "inducing_points": floats([0.4], [1.5]),
        "bin_widths": floats(0.6, 0.9, 0.5), "bin_heights": floats(0.8, 0.4, 0.8),
        "knot_slopes": floats(0.7, 1.6), "scale_vector": floats(1.7, -0.6, 2.),
        "lower_upper": tf.constant(MATRIX, dtype),
        "matrix_tril": tf.constant(TRIL, dtype),
    }
    general.update({
        "Categorical": {"probs": simplex, "logits": tf.math.log(simplex) + 1.},
        "Dirichlet": {"concentration": simplex * 5.},
        "DirichletMultinomial": {"concentration": simplex * 5.},
        "FiniteDiscrete": {"probs": simplex},
        "Inflated": {"logits": general["logits"]},
        "Multinomial": {"probs": simplex, "logits": tf.math.log(simplex) + 1.},
        "OneHotCategorical": {"probs": simplex, "logits": tf.math.log(simplex)},
        "ExpRelaxedOneHotCategorical": {"logits": tf.math.log(simplex)},
        "RelaxedOneHotCategorical": {"logits": tf.math.log(simplex)},
        "GeneralizedPareto": {"loc": floats(0.3)[0], "scale": floats(1.7)[0]},
        "GeneralizedExtremeValue": {"loc": floats(0.3)[0], "scale": floats(1.7)[0]},
        "InverseGaussian": {"loc": floats(0.3, 1.2)},
        # Their float64 samples or densities fail in TensorFlow Probability 0.25.
        "DoublesidedMaxwell": {"loc": [0.3, -1.2], "scale": [1.7, 0.6]},
        "PlackettLuce": {"scores": [0.5, 2., 4.]},
        "Skellam": {"rate": [1.5, 0.4], "rate2": [0.8, 2.4]},
    }.get(name, {}))
    return general


def helpers(tfp, dtype):
    """Functions that expressions of both libraries may call, a dict."""
    def floats(*numbers):
        return tf.constant(numbers, dtype)

    def normals(*scale):
        return tfp.distributions.MultivariateNormalDiag(
            tf.zeros([2], dtype), floats(*scale))

    return {
        "tf": tf, "tfb": tfp.bijectors,
        "logit": lambda p: tf.math.log(p) - tf.math.log1p(-p),
        "lower": tf.linalg.LinearOperatorLowerTriangular,
        "square": lambda a: tf.matmul(a, a, transpose_b=True),
        "plus_low_rank": lambda diagonal, factor: (
            tf.linalg.diag(diagonal) + tf.matmul(factor, factor, transpose_b=True)),
        "kernel": tfp.math.psd_kernels.ExponentiatedQuadratic(floats(1.2)[0]),
        "distribution_fn": lambda x: tfp.distributions.Independent(
            tfp.distributions.Normal(0.5 * tf.concat(
                [tf.zeros_like(x[..., :1]), x[..., :-1]], -1), floats(0.7)[0]), 1),
        "affine_of_previous": lambda x: (tf.math.cumsum(x, exclusive=True),
                                         tf.sin(tf.math.cumsum(x, exclusive=True))),
        "affine_of_first": lambda x, n: (tf.concat([x, 2. * x], -1),
                                         tf.concat([tf.sin(x), tf.cos(x)], -1)),
        "sample0": tf.zeros([3], dtype), "num_steps": 3,
        "transition_noise": normals(0.4, 0.5), "initial_state_prior": normals(1., 2.),
        "observation_matrix": tf.linalg.LinearOperatorIdentity(2, dtype=dtype),
        "observation_noise": normals(0.1, 0.3),
    }


def evaluate(row, tfp, module, dtype=tf.float64):
    """Both objects of a row, the second None if there is no equivalent."""
    names = dict(helpers(tfp, dtype), **values(row.name, dtype))
    public = {name: getattr(module, name) for name in dir(module)}
    theirs = eval(row.tfp, dict(public, **names))  # names of the page alone
    if row.ours is None:
        return theirs, None
    bijectors = zs.distributions.bijectors
    ours = dict({n: getattr(bijectors, n) for n in bijectors.__all__},
                **{n: getattr(zs.distributions, n) for n in zs.distributions.__all__})
    return theirs, eval(row.ours, dict(ours, **names))
