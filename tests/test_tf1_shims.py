"""Names that packages have removed, which `python -m zhusuan.tf1` supplies.

The programs run without TensorFlow. Each value is that of the removed function, from
its documentation or from a release that still had it.
"""
import importlib.util
import sys

import numpy as np
import pytest
from tf1_program import run_with_shims


def has(*names):
    return all(importlib.util.find_spec(name) for name in names)


def finished(done):
    assert (done.returncode, done.stdout) == (0, "finished\n"), done.stderr
    return done


def test_nothing_is_imported_or_printed_before_a_name_is_used(tmp_path):
    done = finished(run_with_shims(tmp_path, """
        import sys
        for name in ["numpy", "scipy", "pandas", "yaml", "PIL", "matplotlib", "h5py",
                     "sklearn", "distutils", "imp", "pkg_resources", "unittest"]:
            assert name not in sys.modules, name
        import numpy as np
        assert not hasattr(np, "nothing")
        try:
            from numpy import nothing
        except ImportError:
            pass
        assert "scipy" not in sys.modules and np.float64(3) == 3
        print("finished")
        """))
    assert done.stderr == ""


def test_names_that_exist_are_left_alone(tmp_path):
    finished(run_with_shims(tmp_path, """
        import sys, types
        import numpy as np
        from zhusuan.tf1._name_supply import NameSupply

        own = types.ModuleType("own")
        exec("kept = 1\\ndef __getattr__(name):\\n"
             "    if name in ('lazy', 'warns'):\\n"
             "        import warnings\\n"
             "        warnings.warn('old', FutureWarning, stacklevel=2)\\n"
             "        if name == 'lazy':\\n            return 2\\n"
             "    raise AttributeError(name)", vars(own))
        class Thing: kept = 3
        own.Thing = Thing
        sys.modules["own"] = own
        used = []
        NameSupply([("own", name, "math:pi") for name in (
            "kept", "lazy", "warns", "lost", "Thing.kept", "Thing.lost")],
            on_use=used.append).install()
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert (own.kept, own.lazy, own.Thing.kept) == (1, 2, 3)
        assert [w.filename for w in caught] == [__file__]  # of the name that exists
        assert used == []
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert own.lost == own.warns == own.Thing.lost == Thing().lost == np.pi
        assert used == ["own.lost", "own.warns", "own.Thing.lost", "own.Thing.lost"]
        assert not hasattr(own, "nothing")
        own.lost = 5
        assert own.lost == 5
        import copyreg, pickle
        assert pickle.loads(pickle.dumps(own)) is own
        assert isinstance(own, types.ModuleType)
        print("finished")
        """))


# Values of the removed names, by NumPy 1.18's documentation.
NUMPY = """
import warnings
warnings.simplefilter("ignore")  # NumPy 1.18 has the names, and warns of some
import io, pickle
import numpy as np

same = [(np.int, int), (np.float, float), (np.complex, complex), (np.object, object),
        (np.str, str), (np.unicode, str), (np.float_, np.float64),
        (np.complex_, np.complex128), (np.string_, np.bytes_), (np.unicode_, np.str_)]
assert all(a is b for a, b in same)
assert np.array([1, 0]).astype(np.bool).tolist() == [True, False]
assert np.array([1]).astype(np.long).dtype.kind == "i"
assert np.Inf == np.Infinity == np.PINF == np.infty == -np.NINF == float("inf")
assert np.isnan([np.NaN, np.NAN]).all() and np.copysign(1, np.NZERO) == -1
assert np.product([2, 3]) == 6 and np.cumproduct([2, 3]).tolist() == [2, 6]
assert np.sometrue([0, 1]) and not np.alltrue([0, 1]) and np.round_(1.26, 1) == 1.3
assert np.in1d([[1, 2], [3, 1]], [1]).tolist() == [True, False, False, True]
assert np.in1d([1, 2], [1], invert=True).tolist() == [False, True]
assert np.row_stack([[1, 2], [3, 4]]).shape == (2, 2) and np.trapz([1, 2, 3]) == 4
assert np.asscalar(np.array([3.])) == 3. and np.alen([[1, 2]]) == 1
assert np.msort([[3, 1], [2, 5]]).tolist() == [[2, 1], [3, 5]]
assert np.asfarray([1, 2]).dtype == float and np.mat("1 2").shape == (1, 2)
assert np.math.factorial(3) == 6 and np.warnings.warn and np.sctypes["float"]
assert issubclass(np.AxisError, ValueError) and np.ComplexWarning
assert np.random.random_integers(3, 3) == 3
assert np.histogram([0., 1., 1.], 2, normed=True)[0].tolist() in ([2/3., 4/3.],)
assert np.fromstring(b"\\x01\\x02\\x03", np.uint8, 2).tolist() == [1, 2]
numbers = np.fromstring(np.array([1.5, 2.]).tobytes())
numbers += 1  # a copy, which can be written to
assert numbers.tolist() == [2.5, 3.]
assert np.fromstring("1 2", dtype=int, sep=" ").tolist() == [1, 2]
assert np.obj2sctype("f4") is np.obj2sctype(np.zeros(2, "f4")) is np.float32
assert np.obj2sctype(np.int16) is np.int16 and np.obj2sctype("no", 5) == 5
assert np.find_common_type([np.float32], [np.int64, np.float64]) == np.float32
assert np.find_common_type([np.float32], [np.complex128]) == np.complex128
assert np.find_common_type([np.int16, "f4"], []) == np.float32
assert np.cast["f"](3).dtype == np.cast[np.float32]([1, 2]).dtype == np.float32
import importlib
for module, name, twin in [
        ("numpy.testing.utils", "assert_allclose", np.testing.assert_allclose),
        ("numpy.linalg.linalg", "norm", np.linalg.norm)]:
    assert getattr(importlib.import_module(module), name) is twin
if not "1.22" <= np.__version__ < "2":  # there it exists, and raises when it is loaded
    from numpy.core.umath_tests import inner1d
    assert inner1d([[1, 2], [3, 4]], [[5, 6], [7, 8]]).tolist() == [17, 53]
array = np.array([{"a": 1}, None], dtype=object)
for save in np.save, np.savez:
    file = io.BytesIO()
    save(file, array)
    file.seek(0)
    loaded = np.load(file)
    loaded = loaded if save is np.save else loaded["arr_0"]
    assert loaded[0] == {"a": 1}
    file.seek(0)
    try:
        loaded = np.load(file, allow_pickle=False)
        loaded["arr_0"]
    except ValueError:
        pass
    else:
        raise AssertionError("pickles were forbidden")
file = io.BytesIO()
np.save(file, [1.])
file.seek(0)
assert np.load(file).tolist() == [1.]
assert pickle.loads(pickle.dumps(np.float_)) is np.float64
print("finished")
"""


def test_removed_numpy_names_are_supplied(tmp_path):
    done = finished(run_with_shims(tmp_path, NUMPY))
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    for name in ["product", "int", "Inf", "in1d", "asscalar"]:
        assert ("numpy." + name + "," in lines[0]) == (not _numpy_has(name))
    assert "numpy.load" in lines[0]


def _numpy_has(name):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hasattr(np, name)


STANDARD = """
import warnings
warnings.simplefilter("ignore")  # Python 3.7 has the names, and warns of some
import os, sys, time, threading
import collections
from collections import Iterable, Mapping
from inspect import getargspec
from fractions import gcd
import imp, pkg_resources, base64, string, configparser, unittest
import distutils.dir_util, distutils.spawn, distutils.util
from distutils.version import LooseVersion, StrictVersion
import xml.etree.cElementTree as trees
from pipes import quote
import cgi

assert isinstance({}, Mapping) and isinstance([], Iterable)
assert collections.Mapping is Mapping and collections.Callable
assert time.clock() >= 0 and os.errno.EEXIST
spec = getargspec(lambda a, b=1, *c, **d: 0)
assert (spec.args, spec.varargs, spec.keywords, spec.defaults) == (
    ["a", "b"], "c", "d", (1,))
assert (gcd(12, -18), gcd(0, 5), gcd(7, 0)) == (-6, 5, 7)
assert base64.decodestring(base64.encodestring(b"ab")) == b"ab"
assert threading.Thread().isAlive() is False
assert quote("a b") == "'a b'" and trees.fromstring("<a/>").tag == "a"
assert string.letters.startswith("abc") and string.upper("ab") == "AB"
assert issubclass(configparser.SafeConfigParser, configparser.RawConfigParser)
unittest.TestCase().assertEquals(1, 1)
unittest.TestCase().assertRaisesRegexp(ValueError, "x").__enter__
with open("tool.py", "w") as file:
    file.write("value = 3")
tool = imp.load_source("tool", "tool.py")
assert tool.value == 3 and sys.modules["tool"] is tool
assert imp.reload(tool) is tool and imp.new_module("x").__name__ == "x"
assert imp.load_module("tool", *imp.find_module("tool", ["."])).value == 3
assert LooseVersion("1.10.0") > LooseVersion("1.9") and LooseVersion("1.5") >= "1.5"
assert StrictVersion("1.2") < StrictVersion("1.10")
assert distutils.util.strtobool("Yes") == 1 and distutils.util.strtobool("off") == 0
distutils.dir_util.mkpath("x/y")
distutils.dir_util.copy_tree("x", "z")
assert os.path.isdir("x/y") and os.path.isdir("z")
distutils.dir_util.remove_tree("x")
assert not os.path.exists("x") and distutils.spawn.find_executable("nothing") is None
assert pkg_resources.parse_version("1.10") > pkg_resources.parse_version("1.9rc1")
assert pkg_resources.get_distribution("numpy").version[0].isdigit()
assert pkg_resources.resource_exists("numpy", "__init__.py")
assert b"numpy" in pkg_resources.resource_string("numpy", "__init__.py").lower()
try:
    pkg_resources.get_distribution("nothing-of-that-name")
except pkg_resources.DistributionNotFound:
    pass
print("finished")
"""
# As if setuptools and Python had removed these modules already.
WITHOUT = """
import sys
from zhusuan.tf1._name_supply import NameSupply
REMOVED = {"imp", "distutils", "pkg_resources", "pipes", "cgi"}
class Hidden(type(sys.meta_path[0])):
    def _found_by_others(self, name, path, target):
        if name.split(".")[0] in REMOVED:
            return None
        return super()._found_by_others(name, path, target)
for name in list(sys.modules):
    if name.split(".")[0] in REMOVED:
        del sys.modules[name]
sys.meta_path[:] = [f for f in sys.meta_path if "distutils" not in repr(f).lower()]
sys.meta_path[0].__class__ = Hidden
"""


@pytest.mark.parametrize("removed", [False, True])
def test_removed_standard_library_names_are_supplied(removed, tmp_path, monkeypatch):
    if removed and sys.version_info < (3, 8):
        pytest.skip("importlib.metadata came with Python 3.8")
    monkeypatch.chdir(tmp_path)
    done = finished(run_with_shims(tmp_path, removed * WITHOUT + STANDARD))
    for name in ["imp.load_source", "pkg_resources.parse_version",
                 "distutils.version.LooseVersion"]:
        assert not removed or name in done.stderr


@pytest.mark.skipif(not has("scipy", "PIL"), reason="SciPy and Pillow are needed")
def test_removed_scipy_names_are_supplied(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finished(run_with_shims(tmp_path, """
        import warnings
        warnings.simplefilter("ignore")
        import numpy as np
        import scipy as sp
        import scipy.integrate, scipy.misc, scipy.ndimage, scipy.signal, scipy.special
        import scipy.stats
        from scipy.misc import imread, imresize, imsave, logsumexp

        assert abs(logsumexp([0., 0.]) - np.log(2)) < 1e-12
        assert scipy.misc.comb(4, 2) == 6 and scipy.misc.factorial(4) == 24
        assert sp.sqrt(4.) == 2 and sp.pi == np.pi and sp.randn(3).shape == (3,)
        assert not hasattr(sp, "nothing")
        assert abs(scipy.misc.derivative(np.exp, 0., 1e-2, n=2, order=7) - 1) < 1e-9
        assert scipy.integrate.simps([1., 2., 3.], [0., 1., 2.]) == 4
        assert scipy.integrate.cumtrapz([1., 2., 3.]).tolist() == [1.5, 4.]
        assert scipy.signal.hann(3, sym=True).tolist() == [0, 1, 0]
        assert abs(scipy.stats.binom_test(3, 10) - 0.34375) < 1e-9
        # Bytes 0 to 255 over the range of the data, rounded.
        data = np.array([[0., 1.], [2., 4.]])
        assert scipy.misc.bytescale(data).tolist() == [[0, 64], [128, 255]]
        imsave("gray.png", data)
        assert imread("gray.png").tolist() == [[0, 64], [128, 255]]
        assert scipy.ndimage.imread("gray.png", flatten=True).dtype == np.float32
        colors = np.random.RandomState(1).randint(0, 256, (4, 6, 3)).astype("uint8")
        imsave("colors.png", colors)
        assert (imread("colors.png") == colors).all()
        assert imread("colors.png", mode="L").shape == (4, 6)
        assert imresize(colors, (8, 3)).shape == (8, 3, 3)
        assert imresize(colors, 0.5, "nearest").shape == (2, 3, 3)
        assert imresize(colors, 50).shape == (2, 3, 3)
        assert (imresize(colors, 1., interp="nearest") == colors).all()
        assert (np.array(scipy.misc.toimage(colors.transpose(2, 0, 1))) == colors).all()
        assert (scipy.misc.imrotate(colors, 180) == colors[::-1, ::-1]).all()
        print("finished")
        """))


@pytest.mark.skipif(not has("pandas", "yaml", "h5py", "matplotlib", "scipy"),
                    reason="packages are not installed")
def test_removed_names_of_other_packages_are_supplied(tmp_path, monkeypatch):
    """The values are those of pandas 0.24, PyYAML 3.13, h5py 2.10, Matplotlib 2.2."""
    monkeypatch.chdir(tmp_path)
    finished(run_with_shims(tmp_path, """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        import h5py, matplotlib, numpy as np, pandas as pd, yaml
        matplotlib.use("Agg")
        import matplotlib.mlab as mlab, matplotlib.pyplot as plt
        from scipy import stats

        d = pd.DataFrame({"a": [1, 2], "b": [3., 4.]}, index=["x", "y"])
        assert d.as_matrix().tolist() == [[1, 3], [2, 4]]
        assert d.ix["x", "a"] == d.ix[0, 0] == d.ix[0]["a"] == d.a.ix["x"] == 1
        assert d.ix[0:1].index.tolist() == ["x"] and d.ix[:, 1].tolist() == [3, 4]
        assert d.ix[[1, 0], "a"].tolist() == [2, 1]
        d.ix["y", "a"] = 5
        assert d.a.tolist() == [1, 5] and d.get_value("y", "a") == 5
        numbers = pd.DataFrame({"a": [1, 2, 3]}, index=[10, 20, 30])
        assert numbers.ix[10:20].a.tolist() == [1, 2] and numbers.ix[30, "a"] == 3
        more = d.append(pd.DataFrame({"a": [7], "b": [8.]}, index=["z"]))
        assert more.index.tolist() == ["x", "y", "z"] and len(d) == 2
        more = d.append({"a": 7, "b": 8.}, ignore_index=True)
        assert more.a.tolist() == [1, 5, 7] and more.index.tolist() == [0, 1, 2]
        assert d.a.append(d.a).tolist() == [1, 5, 1, 5]
        assert [name for name, _ in d.iteritems()] == ["a", "b"]
        assert d.mad().tolist() == [2, 0.5] and pd.np is np
        d.to_csv("d.csv")
        back = pd.DataFrame.from_csv("d.csv")
        assert back.index.tolist() == ["x", "y"] and back.b.tolist() == [3, 4]
        assert yaml.load("a: [1, 2]") == {"a": [1, 2]} == yaml.load(
            "a: [1, 2]", Loader=yaml.SafeLoader)
        with h5py.File("d.h5", "w") as file:
            file["a"] = np.ones(2)
            assert file["a"].value.tolist() == [1, 1]
        heights, _, _ = plt.hist([0., 1., 1.], 2, normed=True)
        assert np.allclose(heights, [2 / 3., 4 / 3.])
        plt.hold(True)
        assert np.isclose(mlab.normpdf(1., 2., 3.), stats.norm.pdf(1., 2., 3.))
        assert np.isclose(
            mlab.bivariate_normal(0.5, 1., 1.5, 2., 0.1, 0.2, 0.7),
            stats.multivariate_normal.pdf(
                [0.5, 1.], [0.1, 0.2], [[2.25, 0.7], [0.7, 4.]]))
        print("finished")
        """))


def test_removed_modules_of_scikit_learn_are_supplied(tmp_path):
    """With a package of that name, since the real one is not needed for more."""
    for path, text in [("sklearn/__init__.py", ""), ("joblib.py", "dump = 1"),
                       ("sklearn/model_selection.py", "train_test_split = 2")]:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    done = finished(run_with_shims(tmp_path, """
        from sklearn.cross_validation import train_test_split
        from sklearn.externals import joblib
        from sklearn.externals.joblib import dump
        import sklearn.grid_search
        assert (train_test_split, dump, joblib.dump) == (2, 1, 1)
        print("finished")
        """))
    assert "sklearn.cross_validation.train_test_split" in done.stderr


def test_missing_packages_stay_missing(tmp_path):
    done = run_with_shims(tmp_path, """
        import sys
        sys.modules["scipy"] = None
        try:
            from scipy.misc import imread
        except ImportError as error:
            print("scipy" in str(error))
        """)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
