"""The priors of the regressions of posteriordb."""

__all__ = ["name_priors"]

# Models of test scores whose predictors are not centred, with a prior of the scale.
_KIDSCORE = ("kidscore_interaction", "kidscore_momhs", "kidscore_momhsiq",
             "kidscore_momiq")


def name_priors(model):
    """The name of the priors of the coefficients "beta" and of "sigma".

    They are "normal" (N(0, 10) and its positive half), "half_cauchy" (flat, and a half
    Cauchy distribution of scale 2.5) or "flat".

    :param model: The name of a regression.
    """
    if model == "blr":
        return "normal"
    return "half_cauchy" if model in _KIDSCORE else "flat"
