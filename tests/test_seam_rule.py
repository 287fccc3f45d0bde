"""The search of `seam_rule` finds what it should, and nothing else."""
import pytest
from seam_rule import faults

TF = "import tensorflow.compat.v2 as tf\n"

FORBIDDEN = {
    "the module itself": "import tensorflow",
    "the module by another name": "import tensorflow as tf2",
    "the module as tf": "import tensorflow as tf",
    "v2 by another name": "import tensorflow.compat.v2 as tensorflow_2",
    "v1": "import tensorflow.compat.v1 as v1",
    "compat": "from tensorflow import compat",
    "compat by another name": "from tensorflow import compat as c",
    "v1 from compat": "from tensorflow.compat import v1",
    "a name of v2": "from tensorflow.compat.v2 import executing_eagerly as is_eager",
    "a private module": "from tensorflow.python.framework import ops",
    "an import in a function": "def f():\n    import tensorflow.python.eager",
    "an import by name": "import importlib\nimportlib.import_module('tensorflow.v1')",
    "an import by a sum": "import_module('tensorflow' + '.compat.v1')",
    "sys.modules": "import sys\nv1 = sys.modules['tensorflow.compat.v1']",
    "sys.modules.get": "import sys\nv1 = sys.modules.get('tensorflow')",
    "the version of a distribution": "metadata.version('tensorflow')",
    "another module as tf": "from zhusuan._tf import version_1_api as tf",
    "the seam's version": "from zhusuan._tf.versions import IS_TF1",
    "the seam's version module": "from zhusuan._tf import versions",
    "the seam's version by an alias": "from zhusuan import _tf\nis_old = _tf.IS_TF1",
    "a version of a star import": "from zhusuan._tf.versions import *\nprint(IS_TF1)",
    "the API by an alias": "v1 = _tf.V1_API\ngraph = v1.get_default_graph()",
    "a method of anything": "graph = something.get_default_graph()",
    "eager execution": TF + "tf.executing_eagerly()",
    "a function by another name": TF + "eager = tf.executing_eagerly",
    "getattr": TF + "ask = getattr(module, 'executing_eagerly')",
    "getattr of a sum": "ask = getattr(module, 'executing_' + 'eagerly')",
    "getattr on a part of tf": TF + "sampler = getattr(tf.random, name, None)",
    "hasattr on a part of tf": TF + "is_new = hasattr(tf.random, 'stateless_gamma')",
    "hasattr": "is_function = hasattr(graph, 'outer_graph')",
    "attrgetter": "operator.attrgetter('compat.v1.Session')(module)",
    "a path in the API": "find_in_version_1_api('train.placeholder')",
    "vars": "vars(module)['executing_eagerly']()",
    "the dict of a module": "module.__dict__['Session']",
    "outer graphs": "outer = x.graph.outer_graph",
    "compat of tf": TF + "tf.compat.v1.Session",
    "a version": TF + "is_old = tf.__version__ < '2'",
    "the module of versions": TF + "v = tf.version",
    "a version of a release": "is_old = module.VERSION.startswith('1.')",
    "private modules of tf": TF + "tf.python.eager",
    "tf by another name": TF + "module = tf\nmodule.function",
    "tf as an argument": TF + "names = vars(tf)",
    "tf replaced": TF + "tf = v1",
    "XLA": TF + "f = tf.function(g, jit_compile=True)",
    "XLA, formerly": TF + "f = tf.function(g, experimental_compile=True)",
    "XLA by a decorator": TF + "@tf.function(jit_compile=True)\ndef f():\n    pass",
    "XLA by options": TF + "f = tf.function(g, **options)",
    "tf.function by another name": TF + "trace = tf.function\ntrace(jit_compile=True)",
    "tf.function passed on": TF + "partial(tf.function, jit_compile=True)",
    "tf.xla": TF + "tf.xla.experimental.compile(f)",
    "the just-in-time option": TF + "tf.config.optimizer.set_jit(True)",
    "a session": "with module.Session() as sess:\n    pass",
    "the default session": "module.get_default_session()",
}
ALLOWED = {
    "the import": TF + "tf.add(1, 2)",
    "a traced function": TF + "f = tf.function(g, autograph=False)",
    "a function of that name": "function(*args, **kwargs)",
    "a decorated function": TF + "@tf.function\ndef f():\n    pass",
    "an option of run()": "run(jit_compile=True)\nself.run(jit_compile='auto')",
    "a parameter": "def run(model, session=None, jit_compile='auto'):\n    pass",
    "a text": '"""In a `Session`, or `tf.executing_eagerly()`."""\nraise E("compat")',
    "a local name": "placeholder = make_placeholder()\nsession.run(placeholder)",
    "getattr on a value": "getattr(x, 'dtype', None)\ngetattr(self, name)",
    "another package": "import_module('tensorflow_probability')\nimport tf_keras",
    "the seam": "from zhusuan import _tf\n_tf.has_accurate_kernel('log1p')",
    "a list of the seam": "from zhusuan._tf import version_1_api as v1\nv1.cond(x)",
    "another version": "package.version == other.version",
    "a part of tf by a name": TF + "math = tf.math\nmath.log(1.)",
}


@pytest.mark.parametrize("case", sorted(FORBIDDEN))
def test_forbidden_source_is_found(case):
    assert faults(FORBIDDEN[case])


@pytest.mark.parametrize("case", sorted(ALLOWED))
def test_allowed_source_has_no_faults(case):
    assert faults(ALLOWED[case]) == []
