"""The workloads, each with its peers and cases."""
from collections import OrderedDict, namedtuple

__all__ = ["WORKLOADS", "Workload"]


class Workload(namedtuple("Workload", [
        "name", "title", "peers", "cases", "measure", "rounds"])):
    """One table.

    :param name: A string, for the command line and for files.
    :param title: A string.
    :param peers: A dict of "module:function" by name. The first is what the others are
        compared with.
    :param cases: A dict of keyword arguments of those functions, by name.
    :param measure: "time" of the work, in processes that live on; "first", the seconds
        from the start of a process to the end of its first piece of work; or "memory",
        the peak of such a process in MiB.
    :param rounds: An int, how often each peer has its turn.
    """

    __slots__ = ()

    @property
    def unit(self):
        return {"time": "ms", "first": "s", "memory": "MiB"}[self.measure]


def workload(name, title, peers, cases=None, measure="time", rounds=9):
    return name, Workload(name, title, OrderedDict(
        (who, "benchmarks." + where) for who, where in peers), OrderedDict(
        cases or [("", {})]), measure, rounds)


STEP = [("ZhuSuan", "vae:in_graph"), ("ZhuSuan, fed", "vae:by_feeding"),
        ("ZhuSuan, TF-1 graph with compiled cost and gradients",
         "vae:with_compiled_cost"),
        ("ZhuSuan, TF-1 graph, 20 steps in a loop", "vae:in_loop"),
        ("ZhuSuan, compiled", "vae_keras:compiled"), ("ZhuSuan, fit", "vae_keras:fit"),
        ("TensorFlow by hand, fed", "vae_by_hand:by_feeding"),
        ("matrix products alone", "vae_by_hand:products"),
        ("TensorFlow Probability", "vae_others:tfp"), ("NumPyro", "vae_others:numpyro"),
        ("NumPyro, 20 steps in a loop", "vae_others:numpyro_loop"),
        ("PyTorch by hand", "vae_torch:by_hand"), ("Pyro", "vae_torch:pyro")]

HMC = [("ZhuSuan's run", "mcmc:run"), ("TensorFlow Probability", "mcmc:tfp"),
       ("NumPyro", "mcmc:numpyro"), ("ZhuSuan, sess.run", "mcmc:in_sessions"),
       ("TensorFlow by hand, sess.run", "mcmc:by_hand"), ("Pyro", "mcmc:pyro")]
NUTS = HMC + [("its leapfrogs alone", "mcmc:leapfrogs")]
SGMCMC = [("ZhuSuan's run", "mcmc:sg_run"), ("JAX scan by hand", "mcmc:sg_jax"),
          ("ZhuSuan, sess.run", "mcmc:sg_in_sessions"),
          ("TensorFlow by hand, sess.run", "mcmc:sg_by_hand")]
DISTRIBUTIONS = [("ZhuSuan", "distributions:zhusuan"),
                 ("TensorFlow by hand", "distributions:by_hand"),
                 ("TensorFlow Probability", "distributions:of_tfp"),
                 ("NumPyro", "distributions:of_numpyro"),
                 ("PyTorch", "distributions_torch:of_torch")]
ESTIMATORS = [("sgvb", "estimators:sgvb"), ("dreg", "estimators:dreg"),
              ("vimco", "estimators:vimco"), ("reinforce", "estimators:reinforce")]


def chains_of(sampler, problems):
    """Cases: problem, what it is, number of transitions in a call, settings."""
    return [("%s, %s" % (problem, what), dict(sampler=sampler, problem=problem, n=n,
                                              **settings))
            for problem, what, n, settings in problems]


def cases_of_distributions():
    rows = [("Normal", 100000), ("Bernoulli", 100000), ("Categorical", 100000),
            ("Gamma", 100000), ("Dirichlet", 10000),
            ("MultivariateNormalCholesky", 100000)]
    return [("%s %s%s" % (name, what, ", compiled" if compiled else ""),
             {"name": name, "what": what, "rows": n, "compiled": compiled})
            for name, n in rows for what in ("sample", "log_prob", "gradient")
            for compiled in (False, True)]


def sizes(argument, values, **others):
    """Cases that differ in one number, by which a slope is found."""
    return [(str(n), dict({argument: n}, **others)) for n in values]


TRANSITIONS = {"sampler": "HMC", "problem": "gaussian"}

WORKLOADS = OrderedDict([
    workload("vae_step", "A training step of the tutorial's VAE", STEP,
             [("batch 128", {})], rounds=21),
    workload("iwae_step", "A training step of the IWAE with 50 samples", STEP,
             [("batch 20", {"objective": "iw", "batch": 20, "n_particles": 50})]),
    workload("vimco_step", "A training step by VIMCO with 50 samples", STEP,
             [("batch 20", {"objective": "vimco", "batch": 20, "n_particles": 50})]),
    workload("modes", "A training step of the VAE in the idiom of TensorFlow 2", [
        ("ZhuSuan", "modes:zhusuan"), ("TensorFlow by hand", "modes:by_hand")], [
        (mode, {"mode": mode}) for mode in ("eager", "traced", "looped", "compiled")],
        rounds=41),
    workload("flipout_step", "A training step of DenseFlipout, 784-400-400-10", [
        ("ZhuSuan", "flipout:zhusuan"), ("two networks by hand", "flipout:by_hand"),
        ("normal numbers alone", "flipout:noise")], [
        ("batch 128, " + mode, {"mode": mode}) for mode in ("compiled", "traced")],
        rounds=21),
    workload("bayesian_network_step", "A step of fit for a model of keras.bayesian", [
        ("ZhuSuan", "bayesian_network:zhusuan"),
        ("the same model by hand", "bayesian_network:by_hand")],
        [("13-50-1, batch 128, 10 samples, compiled", {})]),
    workload("first_step", "From the imports to the end of the first step of the VAE", [
        ("ZhuSuan", "vae:by_feeding"), ("TensorFlow by hand", "vae_by_hand:by_feeding"),
        ("TensorFlow Probability", "vae_others:tfp"),
        ("NumPyro", "vae_others:numpyro")], measure="first", rounds=5),
    workload("import", "The import", [
        ("TensorFlow and zhusuan", "first:import_zhusuan"),
        ("TensorFlow alone", "first:import_tensorflow")], measure="first"),
    workload("likelihood", "Memory of the test likelihood of the VAE", [
        ("in 100 chunks", "likelihood:in_chunks"), ("at once", "likelihood:at_once")], [
        ("batch 400, 1000 samples", {"batch": 400, "n_samples": 1000, "n_chunks": 100}),
        ("batch 400, 200 samples", {"batch": 400, "n_samples": 200, "n_chunks": 100})],
        measure="memory", rounds=1),
    workload("hmc", "A transition of HMC", HMC, chains_of("HMC", [
        ("gaussian", "100-d, 1 chain", 1000, {}),
        ("gaussian", "10,000-d, 1 chain", 100, {"size": 10000}),
        ("gaussian", "100-d, 100 chains", 200, {"n_chains": 100}),
        ("logistic", "1000 rows, 1 chain", 200, {}),
        ("logistic", "1000 rows, 100 chains", 20, {"n_chains": 100}),
        ("logistic", "100,000 rows, 1 chain", 3, {"size": 100000})])),
    workload("nuts", "A transition of NUTS", NUTS, chains_of("NUTS", [
        ("gaussian", "100-d, 1 chain", 500, {}),
        ("gaussian", "100-d, 100 chains", 10, {"n_chains": 100}),
        ("logistic", "1000 rows, 1 chain", 500, {})])),
    workload("sgmcmc", "A step of SGMCMC", SGMCMC, [
        (name, {"sampler": name, "n": 100}) for name in ("SGLD", "SGHMC")]),
    workload("ais", "A temperature of annealed importance sampling", [
        ("ZhuSuan, compiled", "annealing:zhusuan"),
        ("ZhuSuan", "annealing:zhusuan_not_compiled"),
        ("TensorFlow Probability, compiled", "annealing:tfp")], [
        ("50-d, 100 chains", {"n_chains": 100, "n_dims": 50, "n_temperatures": 500})]),
    workload("distributions", "Distributions", DISTRIBUTIONS, cases_of_distributions(),
             rounds=5),
    workload("floors", "Lower limits for any library on TensorFlow or on JAX", [
        ("TensorFlow", "floors:tensorflow"), ("JAX", "floors:of_jax")], [
        ("1 added to a number, compiled", {"what": "add", "n": 1}),
        ("1 added to 100,000 numbers, compiled", {"what": "add", "n": 100000}),
        ("Adam on the weights of the VAE", {"what": "adam"})]),
    workload("diagnostics", "Diagnostics of a million draws", [
        ("ZhuSuan", "diagnostics:zhusuan"), ("ArviZ", "diagnostics:arviz")], [
        (what, {"what": what, "n": 10 ** 6})
        for what in ("bulk ess", "tail ess", "rhat", "mcse")], rounds=5),
    workload("estimators", "Gradients against the number of samples", ESTIMATORS,
             sizes("k", [10, 100, 1000]), rounds=5),
    workload("estimators_memory", "Memory of gradients against the number of samples",
             ESTIMATORS, sizes("k", [10, 100, 1000]), measure="memory", rounds=1),
    workload("scaling_batch", "A step of the VAE against the batch", STEP[:3],
             sizes("batch", [32, 128, 512, 2048]), rounds=5),
    workload("scaling_particles", "A step of the IWAE against the number of samples",
             STEP[:3], sizes("n_particles", [1, 10, 100, 1000], objective="iw",
                             batch=8), rounds=5),
    workload("scaling_dimensions", "A transition of HMC against dimensions", HMC[:1],
             sizes("size", [10, 100, 1000, 10 ** 4, 10 ** 5], n=100, **TRANSITIONS),
             rounds=5),
    workload("scaling_chains", "A transition of HMC against chains", HMC[:1],
             sizes("n_chains", [1, 10, 100, 1000, 10 ** 4], n=20, **TRANSITIONS),
             rounds=5),
    workload("scaling_rows", "A transition of HMC against rows of data", HMC[:1],
             sizes("size", [10 ** 3, 10 ** 4, 10 ** 5, 10 ** 6], n=10, sampler="HMC",
                   problem="logistic"), rounds=5),
])
