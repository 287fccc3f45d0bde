"""Which module may import which, and other rules of the architecture.

These tests read the source; only the check of `__all__` imports modules.
"""
import ast
import fnmatch
import importlib
import inspect
import re
import subprocess
from pathlib import Path

import pytest
import seam_rule

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "zhusuan"

# A module imports only from lines above its own. A name without a dot is a module or,
# where it names a package, that package's `__init__`.
LAYERS = [line.split() for line in """
    _tf.versions _tf.gradients _tf.custom_gradients _tf.function_graphs
    _tf.moved_names _tf.op_stack_traces
    _tf.linear_algebra _tf.op_location _tf.tensor_like _tf.version_1_api
    _tf.version_1_switch
    _tf.capabilities _tf.execution_order _tf.variables _tf.loops
    _tf
    _tf.op_graph _tf.programs _tf.random_numbers _tf.graph_digest
    _tf.traced_functions _tf.optimizers
    _tf.program_cache
    utils._*
    utils utils._summary_table utils._paths
    distributions._checks distributions._outer_product_warning
    distributions._conversion distributions._parameter_shapes
    distributions._closed_forms
    distributions._numerics
    distributions._numerics.elementary distributions._numerics.simplex
    distributions.utils distributions._numerics.quadrature
    distributions._numerics.gamma_functions distributions._numerics.normal_functions
    distributions._numerics.quantile_gradients distributions._numerics.triangular
    distributions._numerics.incomplete_* distributions._numerics.student_functions
    distributions._numerics.log_incomplete_* distributions._numerics.normal_interval
    distributions._numerics.linear_recurrence
    distributions._numerics.multivariate_gamma
    distributions._numerics.samplers
    distributions.base distributions._path_derivative
    distributions._bases.intervals distributions._bases.parameters
    distributions._bases.continuous distributions._bases.counts
    distributions._bases.normal distributions._bases.vectors
    distributions._bases.*
    distributions._bases
    distributions.bijectors.base
    distributions.bijectors.*
    distributions.bijectors distributions._tfp_support
    distributions.tfp
    distributions._components
    distributions.masked
    distributions._selected_entries
    distributions._bases.time_series
    distributions._components distributions._interval_mass
    distributions._bases.time_series distributions._bounds
    distributions.*
    distributions.ordered_logistic distributions.zero_inflated
    distributions.autoregressive distributions.gaussian_random_walk
    distributions.kl
    distributions.univariate distributions.multivariate
    distributions
    framework._variable_store framework._factors framework._node_names
    framework.partial_observation
    framework._float_dtype
    framework.utils
    framework.model_graph
    framework._function_model
    framework._model_graph_builder framework._model_summary
    framework.meta_bn framework.support_warnings framework._node_method_factory
    framework._derived_quantities
    framework.stochastic_tensor framework._default_observations
    framework.node_methods
    framework._deprecated_bayesian_net
    framework.bn
    framework._enumeration
    framework.marginalization
    framework
    _model mcmc._kernels mcmc._run mcmc._adaptation variational._training
    transform._flow_parts _model.joint_parts
    transform.autoregressive transform.coupling transform.planar _model.latents
    transform _model.target _model.model_draws
    _model.constraint_names utils._arviz
    _model.supports
    _model.constraints
    _model.latent_search _model.interval_ends
    _model.initial_values _model.minibatches variational.posteriors._*
    _model.unconstrained_space _model.local_normal variational._[!t]*
    variational.posteriors.base variational.base
    variational.posteriors.*
    variational.posteriors variational.exclusive_kl variational.monte_carlo
    variational.inclusive_kl variational.renyi variational.fits
    variational._training.[!f]*
    variational._training.fit_run
    variational.fitting variational.*_approximation
    variational mcmc._chains_file
    mcmc.diagnostics
    mcmc.chains
    mcmc._kernels.metrics mcmc._kernels.diffusion mcmc._kernels.flattening
    mcmc._kernels.hamiltonian mcmc._run.float_precision
    mcmc._kernels.no_u_turn
    mcmc._run.devices mcmc._run.kept_variables
    mcmc._run.chain_state mcmc._run.convergence mcmc._run.loop_models
    mcmc._run.draw_loop mcmc._run.run_record
    mcmc._run.checkpoint mcmc._run.stored_names
    mcmc._run.run_chains mcmc._run.chain_loop mcmc.adaptation
    mcmc._run.checked_methods
    mcmc.sampler
    mcmc._adaptation.fisher_divergence mcmc._adaptation.metric_estimators
    mcmc._adaptation.schedules mcmc._adaptation.step_size
    mcmc._adaptation.fisher_estimators mcmc._adaptation.warmup
    mcmc._adaptation.metric_choice
    mcmc.hmc mcmc.nuts mcmc.sgmcmc
    mcmc
    hmc sgmcmc diagnostics
    evaluation._*
    evaluation.[!_]*
    evaluation
    legacy._helpers
    legacy.distributions.special
    legacy.distributions
    legacy.framework.stochastic
    legacy.framework
    legacy
    launch
    tf1._moved_names tf1._name_supply tf1._run_program tf1._unusable_module
    tf1._shims.arrays tf1._shims.images tf1._shims.packages tf1._shims.standard
    tf1._shims.tables
    tf1._shims
    tf1._layers.static_or_dynamic tf1._layers.functions_by_name tf1._layers.input_spec
    tf1._layers.base tf1._layers.batch_moments tf1._layers.convolution_ops
    tf1._layers.convolution tf1._layers.core tf1._layers.normalization
    tf1._layers.pooling tf1._layers.rnn_cell_base
    tf1._layers.rnn_cells
    tf1._layers.rnn_cell_wrappers
    tf1._layers.rnn_cell
    tf1._layers
    tf1._contrib.aliases tf1._contrib.arg_scope tf1._contrib.hparams
    tf1._contrib.initializers tf1._contrib.losses tf1._contrib.contrib_modules
    tf1._contrib.mnist tf1._contrib.percentiles tf1._contrib.sequences
    tf1._contrib.layers tf1._contrib.variables
    tf1._contrib.normalization
    tf1._contrib
    tf1
    tf1.__main__
    __init__
""".strip().splitlines()]

# Which of these is right depends on the mode, so `_tf.gradients` chooses.
TAKES_GRADIENTS = {"GradientTape", "gradients", "hessians"}


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8"))
         for name, path in MODULES.items()}
every_module = pytest.mark.parametrize("name", MODULES)


def layer(name):
    """The number of the line of LAYERS that fits; a full name comes before a `*`."""
    for fits in str.__eq__, fnmatch.fnmatchcase:
        for number, patterns in enumerate(LAYERS):
            if any(fits(name, pattern) for pattern in patterns):
                return number
    raise AssertionError("{} stands in no line of LAYERS".format(name))


def runtime_nodes(tree):
    """All nodes, except those under `TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from runtime_nodes(child)


def imports(name):
    """Absolute names of what module `name` imports: modules, or names in them."""
    is_package = MODULES[name].name == "__init__.py"
    package = ["zhusuan"] + ([] if name == "__init__" else name.split("."))
    if not is_package:
        package = package[:-1]
    for node in runtime_nodes(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else []
            base = ".".join(base + ([node.module] if node.module else []))
            yield from (base + "." + alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(
                node.func, "attr", getattr(node.func, "id", None)) in (
                    "import_module", "__import__"):
            yield from _named_module(node.args[0], "zhusuan." + name)


def _named_module(node, own_name):
    """The module that `import_module` gets as a text, or as `__name__ + text`."""
    text = seam_rule.string_value(node)
    if isinstance(node, ast.BinOp) and getattr(node.left, "id", None) == "__name__":
        yield own_name + text
    elif text:
        yield text


def own_imports(name):
    """The modules of this package that module `name` imports from."""
    for full in imports(name):
        if full.split(".")[0] == "zhusuan":
            inner = full.split(".")[1:]
            if ".".join(inner) not in MODULES:  # it is a name within a module
                inner = inner[:-1]
            yield ".".join(inner) or "__init__"


@every_module
def test_imports_only_from_above(name):
    """Also in functions, and by `import_module`."""
    wrong = {other for other in own_imports(name) if layer(other) >= layer(name)}
    assert not wrong, "{} imports from {}, which do not stand above it".format(
        name, sorted(wrong))


def test_imports_have_no_cycle():
    """Whatever LAYERS says; a package counts as what its `__init__` imports."""
    done, path = set(), []

    def visit(name):
        assert name not in path, "a cycle: {}".format(path + [name])
        if name not in done:
            path.append(name)
            for other in own_imports(name):
                visit(other)
            done.add(path.pop())

    for name in MODULES:
        visit(name)


def test_folder_listing_is_short():
    """At most 14 entries that a newcomer sees, besides one-line modules of 0.4."""
    entries = {name.split(".")[0] for name in MODULES} - {"__init__"}
    entries -= {name for name in OLD_PATHS if len(TREES[name].body) <= 4}
    assert len(entries) <= 14, sorted(entries)
    assert {e for e in entries if e.startswith("_")} == {"_model", "_tf"}


@every_module
def test_only_the_seam_depends_on_the_running_tensorflow(name):
    """Versions, modes, sessions, `compat.v1`, private modules and XLA."""
    if name.split(".")[0] != "_tf":
        assert not seam_rule.faults(TREES[name])


@every_module
def test_only_the_seam_takes_gradients(name):
    """A tape in a graph, or tf.gradients eagerly, fails or is wrong."""
    if name == "_tf.gradients":
        return
    wrong = {node.attr for node in runtime_nodes(TREES[name])
             if isinstance(node, ast.Attribute)
             and isinstance(node.value, ast.Name) and node.value.id == "tf"
             and node.attr in TAKES_GRADIENTS}
    wrong |= {full for full in imports(name)
              if full.split(".")[-1] in TAKES_GRADIENTS}
    assert not wrong, "{} uses {}; that belongs into _tf.gradients".format(
        name, sorted(wrong))


def assigned_names(node):
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return [t.id for t in targets if isinstance(t, ast.Name)]


def defined_names(tree):
    return {n for node in tree.body for n in assigned_names(node)}


def imported_names(tree):
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names |= (set(importlib.import_module(node.module).__all__)
                          if alias.name == "*" else
                          {(alias.asname or alias.name).split(".")[0]})
    return names


def declared_all(tree):
    """The names in `__all__`, which is a list, or a sum of that of others and one."""
    for node in tree.body:
        if "__all__" in assigned_names(node):
            lists = [n for n in ast.walk(node.value) if isinstance(n, ast.List)]
            return [name for part in lists for name in ast.literal_eval(part)]
    return None


def is_facade(tree):
    """Whether a file does nothing but hand on names."""
    return not any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) for n in tree.body)


# The paths of 0.4 to modules that stand elsewhere now, whose names they hand on.
OLD_PATHS = {"diagnostics", "hmc", "sgmcmc"}

PUBLIC = [name for name in MODULES
          if name not in ("tf1", "tf1.__main__")  # whose names are TensorFlow's
          and name not in OLD_PATHS
          and (name == "__init__" or not re.search(r"(^|\.)_", name))]


@pytest.mark.parametrize("name", PUBLIC)
def test_all_is_sorted_and_complete(name):
    tree = TREES[name]
    assert declared_all(tree) is not None, "{} has no __all__".format(name)
    assert declared_all(tree) == sorted(declared_all(tree))
    names = importlib.import_module(
        "zhusuan" if name == "__init__" else "zhusuan." + name).__all__
    defined, imported = defined_names(tree), imported_names(tree)
    offered = defined | imported if is_facade(tree) else defined
    public = {n for n in offered if not n.startswith("_")} - {"tf", "np"}
    assert public <= set(names), "not in __all__"
    assert set(names) <= defined | imported, "in __all__, but nowhere else"


@pytest.mark.parametrize("folder", [
    "zhusuan", "examples", "tests", "benchmarks", "tools"])
def test_no_file_is_long(folder):
    limit = 350 if folder == "zhusuan" else 400
    long = {str(path.relative_to(ROOT)): lines
            for path in (ROOT / folder).rglob("*.py")
            for lines in [len(path.read_text(encoding="utf-8").splitlines())]
            if lines > limit}
    assert not long


PRIVATE_PATH = re.compile(r"zhusuan(\.\w+)*\._[a-z]\w*")


@every_module
def test_texts_show_no_private_path(name):
    """Neither docstrings nor messages; a text without a space is no prose."""
    shown = {match.group() for node in ast.walk(TREES[name])
             for text in [seam_rule.string_value(node)] if " " in text
             for match in PRIVATE_PATH.finditer(text)}
    assert not shown


def test_pages_show_no_private_path():
    pages = [page for folder in ("docs", "examples") for page in
             (ROOT / folder).rglob("*.*") if page.suffix in (".md", ".py", ".ipynb")]
    shown = {"{}: {}".format(page.relative_to(ROOT), match.group())
             for page in pages + [ROOT / "README.md", ROOT / "CHANGELOG.md"]
             if page != ROOT / "docs" / "architecture.md"
             for match in PRIVATE_PATH.finditer(page.read_text(encoding="utf-8"))}
    assert not shown


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_have_public_homes(name):
    module = importlib.import_module(
        "zhusuan" if name == "__init__" else "zhusuan." + name)
    homes = {public: getattr(module, public).__module__ for public in module.__all__
             if inspect.isclass(getattr(module, public))
             or inspect.isroutine(getattr(module, public))}
    assert not {public: home for public, home in homes.items()
                if home.startswith("zhusuan") and PRIVATE_PATH.search(home)}


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=str(ROOT),
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_trace_of_one_machine():
    """Neither its folders nor the address of a package registry."""
    trace = re.compile("|".join([
        r"(?<![\w.])/(work|tmp/\w+|root|opt|home)/\w", r"pypi[.]org",
        r"pythonhosted[.]org", r"npmjs[.]org", r"index[-_]url"]).encode())
    found = []
    for path in tracked_files():
        if path.is_file() and path != Path(__file__).resolve():
            found += ["{}: {}".format(path.relative_to(ROOT), match.group().decode())
                      for match in trace.finditer(path.read_bytes())]
    assert not found
