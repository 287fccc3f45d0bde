"""The node whose log density or gradient is not finite."""
import tensorflow.compat.v2 as tf

from zhusuan._model.latents import collect_latents, merge_values, samples_of
from zhusuan._tf.gradients import gradients_by_variables
from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework import support_checks
from zhusuan.framework.meta_bn import observe_all

__all__ = ["find_first", "flags_of_terms"]


def flags_of_terms(problem, batch, n_samples, variables, seed):
    """Whether each term and its gradients are finite: pairs of 0-D Tensors by name."""
    def all_terms():
        with seeded(seed), support_checks(False), unchecked_bounds():
            q = problem.draw(batch, n_samples)  # the same samples for each term
            model, observed = problem.observe(batch)
            latents = collect_latents(None, q)
            found = observe_all(model, merge_values(observed, samples_of(latents)))
        terms = {} if found.bn is None else found.bn._log_prob_terms()
        terms = {"the node %r" % name: x for name, x in terms.items()}
        terms["the log joint density"] = found.log_joint
        for name, z in latents.items():
            terms["the latent %r in the posterior" % name] = z.log_prob
        return terms

    def flags(name):
        def total_and_term():
            term = all_terms()[name]
            return tf.reduce_sum(term), term
        (_, term), gradients = gradients_by_variables(total_and_term, variables)
        return tf.reduce_all(tf.math.is_finite(term)), tf.reduce_all(
            [tf.reduce_all(tf.math.is_finite(x)) for x in gradients])

    return {name: flags(name) for name in all_terms()}


def find_first(flags):
    """A clause that names the first term that is not finite.

    :param flags: A dict of pairs of bools, in any order.
    """
    order = sorted(flags, key=lambda name: name == "the log joint density")
    for name in order:
        if not flags[name][0]:
            return "the log density of %s is not finite" % name
    for name in order:
        if not flags[name][1]:
            return "the gradient of the log density of %s is not finite" % name
    return "the gradient of the bound is not finite"
