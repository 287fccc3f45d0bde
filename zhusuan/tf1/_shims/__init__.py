"""Names that Python and its packages have removed since 2018, for old programs.

`python -m zhusuan.tf1` supplies them in its own process, in packages that the program
imports. Nothing else is imported, and existing names stay.
"""
import atexit
import sys
from collections import abc

from zhusuan.tf1._name_supply import NameSupply

__all__ = ["CHANGED", "MISSING", "NAMES", "install"]

_OWN = "zhusuan.tf1._shims."

# Lines "module < source: names", continued on indented lines. `name=other` has another
# name in the source; `*` means all names; the source `-` means that names are modules.
_TABLE = """
numpy < builtins: bool float int complex object str unicode=str long=int
numpy < numpy: Inf=inf Infinity=inf infty=inf PINF=inf NaN=nan NAN=nan float_=float64
    complex_=complex128 cfloat=complex128 singlecomplex=complex64 longfloat=longdouble
    longcomplex=clongdouble clongfloat=clongdouble string_=bytes_ unicode_=str_
    bool8=bool_ object0=object_ str0=str_ bytes0=bytes_ void0=void int0=intp uint0=uintp
    typeDict=sctypeDict product=prod cumproduct=cumprod sometrue=any alltrue=all
    round_=round row_stack=vstack trapz=trapezoid mat=asmatrix issubsctype=issubdtype
numpy < arrays: NINF NZERO PZERO alen asfarray asscalar cast disp find_common_type in1d
    issctype msort obj2sctype sctypes
numpy < numpy.exceptions: AxisError ComplexWarning ModuleDeprecationWarning RankWarning
    TooHardError VisibleDeprecationWarning
numpy < numpy.char: chararray compare_chararrays
numpy < numpy.rec: format_parser
numpy < numpy.lib.array_utils: byte_bounds
numpy < numpy.lib.npyio: DataSource
numpy < pickle: loads
numpy < ast: safe_eval=literal_eval
numpy < -: math sys warnings
numpy.random < arrays: random_integers
numpy.core.umath_tests < arrays: inner1d
numpy.fft.fftpack < numpy.fft: *
numpy.linalg.linalg < numpy.linalg: *
numpy.testing.utils < numpy.testing: *
scipy < numpy: *
scipy < numpy.random: rand randn
scipy < numpy.fft: ifft
scipy.misc < scipy.special: comb factorial factorial2 factorialk logsumexp
scipy.misc < scipy.interpolate: pade
scipy.misc < scipy.datasets: ascent electrocardiogram face
scipy.misc < images: bytescale fromimage imread imresize imrotate imsave toimage
scipy.misc < arrays: derivative
scipy.misc.common < scipy.special: comb factorial factorial2 factorialk logsumexp
scipy.misc.common < arrays: derivative
scipy.misc.pilutil < images: bytescale fromimage imread imresize imrotate imsave toimage
scipy.ndimage < images: imread
scipy.ndimage.filters < scipy.ndimage: *
scipy.ndimage.interpolation < scipy.ndimage: *
scipy.ndimage.measurements < scipy.ndimage: *
scipy.ndimage.morphology < scipy.ndimage: *
scipy.integrate < arrays: simps
scipy.integrate < scipy.integrate: cumtrapz=cumulative_trapezoid trapz=trapezoid
scipy.linalg < scipy.linalg: pinv2=pinv
scipy.linalg < numpy: kron tri tril triu
scipy.special < scipy.special: btdtr=betainc btdtri=betaincinv
scipy.special < arrays: sph_harm
scipy.stats < arrays: binom_test itemfreq median_absolute_deviation
scipy.stats < scipy.stats: gilbrat=gibrat trapz=trapezoid
scipy.stats < numpy: nanmean nanmedian nanstd
scipy.signal < scipy.signal.windows: barthann bartlett blackman blackmanharris bohman
    boxcar chebwin cosine exponential flattop gaussian general_gaussian hamming hann
    hanning=hann kaiser nuttall parzen triang tukey
scipy.spatial.distance < scipy.spatial.distance: matching=hamming
pandas < tables: DataFrame.append DataFrame.from_csv DataFrame.get_value DataFrame.ix
    DataFrame.lookup DataFrame.mad DataFrame.set_value Series.append
    Series.from_csv=series_from_csv Series.get_value Series.ix Series.mad
    Series.set_value
pandas < pandas: DataFrame.as_matrix=DataFrame.to_numpy Series.as_matrix=Series.to_numpy
    DataFrame.iteritems=DataFrame.items Series.iteritems=Series.items
    DataFrame.applymap=DataFrame.map
pandas < datetime: datetime
pandas < -: np=numpy
pandas < pandas.plotting: scatter_matrix
pandas.util.testing < pandas.testing: *
sklearn.cross_validation < sklearn.model_selection: *
sklearn.grid_search < sklearn.model_selection: *
sklearn.datasets.samples_generator < sklearn.datasets: *
sklearn.externals < -: joblib six
sklearn.externals.joblib < joblib: *
sklearn.externals.six < six: *
matplotlib.mlab < arrays: bivariate_normal normpdf
matplotlib.cm < matplotlib.cm: spectral=nipy_spectral
matplotlib.cm < matplotlib.pyplot: get_cmap
matplotlib.pyplot < standard: hold=nothing
h5py < tables: Dataset.value=hdf5_value
PIL.Image < PIL.Image: ANTIALIAS=LANCZOS LINEAR=BILINEAR CUBIC=BICUBIC
PIL.ImageDraw < tables: ImageDraw.textsize
PIL.ImageFont < tables: FreeTypeFont.getsize
pkg_resources < packages: DistributionNotFound VersionConflict get_distribution
    iter_entry_points parse_version require resource_exists resource_filename
    resource_isdir resource_listdir resource_stream resource_string
pkg_resources < standard: declare_namespace=nothing
distutils.version < packages: LooseVersion StrictVersion=LooseVersion
distutils.util < standard: strtobool
distutils.dir_util < standard: copy_tree mkpath remove_tree
distutils.spawn < shutil: find_executable=which
time < standard: clock
inspect < standard: ArgSpec getargspec
fractions < standard: gcd
os < -: errno
cgi < standard: escape
base64 < base64: decodestring=decodebytes encodestring=encodebytes
string < string: letters=ascii_letters lowercase=ascii_lowercase
    uppercase=ascii_uppercase
string < builtins: join=str.join lower=str.lower maketrans=str.maketrans
    replace=str.replace split=str.split strip=str.strip upper=str.upper atof=float
    atoi=int
threading < threading: Thread.isAlive=Thread.is_alive
configparser < configparser: SafeConfigParser=ConfigParser
    RawConfigParser.readfp=RawConfigParser.read_file
locale < standard: format=locale_format
pipes < shlex: quote
xml.etree.cElementTree < xml.etree.ElementTree: *
sys < standard: setcheckinterval=nothing
imp < standard: find_module load_module load_source new_module acquire_lock=nothing
    release_lock=nothing
imp < importlib: reload
unittest < unittest: TestCase.assertEquals=TestCase.assertEqual
    TestCase.assertNotEquals=TestCase.assertNotEqual
    TestCase.assertAlmostEquals=TestCase.assertAlmostEqual
    TestCase.assertRaisesRegexp=TestCase.assertRaisesRegex
    TestCase.assertRegexpMatches=TestCase.assertRegex
    TestCase.assert_=TestCase.assertTrue
"""
_OWN_SOURCES = {"arrays", "images", "packages", "standard", "tables"}


def _rows():
    for line in _TABLE.strip().replace("\n    ", " ").splitlines():
        place, _, names = line.partition(":")
        module, _, source = place.partition(" < ")
        if source in _OWN_SOURCES:
            source = _OWN + source
        for entry in names.split():
            name, _, other = entry.partition("=")
            yield module, name, _path(source, name, other)
    for name in abc.__all__:
        yield "collections", name, "collections.abc:" + name


def _path(source, name, other):
    if name == "*":
        return source
    if source == "-":
        return other or name
    if source.startswith(_OWN):
        name = name.rpartition(".")[2]  # of a class
    return source + ":" + (other or name)


#: Triples (module, name, replacement), as for :class:`NameSupply`.
NAMES = sorted(_rows())
#: Modules that Python or packages no longer have.
MISSING = [
    "cgi", "distutils", "distutils.dir_util", "distutils.spawn", "distutils.util",
    "distutils.version", "imp", "numpy.core.umath_tests", "numpy.fft.fftpack",
    "numpy.linalg.linalg", "numpy.testing.utils", "pandas.util.testing", "pipes",
    "pkg_resources", "scipy.misc", "scipy.misc.common", "scipy.misc.pilutil",
    "scipy.ndimage.filters",
    "scipy.ndimage.interpolation", "scipy.ndimage.measurements",
    "scipy.ndimage.morphology", "sklearn.cross_validation",
    "sklearn.datasets.samples_generator", "sklearn.externals",
    "sklearn.externals.joblib", "sklearn.externals.six", "sklearn.grid_search",
    "xml.etree.cElementTree"]
#: Triples (module, name, function) of functions with another default or argument.
CHANGED = [
    ("numpy", "fromstring", _OWN + "arrays:fromstring"),
    ("numpy", "load", _OWN + "arrays:load"),
    ("numpy", "histogram", _OWN + "arrays:normed_as_density"),
    ("matplotlib.axes", "Axes.hist", _OWN + "arrays:normed_as_density"),
    ("yaml", "load", _OWN + "tables:load_yaml"),
    ("yaml", "load_all", _OWN + "tables:load_yaml"),
]


def install():
    """Supply the names from now on, and list the used ones at exit."""
    used = set()
    NameSupply(NAMES, MISSING, CHANGED, used.add).install()
    atexit.register(_report, used)


def _report(used):
    if used and sys.stderr is not None:
        sys.stderr.write("zhusuan.tf1: supplied names that the installed packages have "
                         "removed: {}\n".format(", ".join(sorted(used))))
