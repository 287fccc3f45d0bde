"""Write docs/old-scripts.md, which lists what `python -m zhusuan.tf1` covers.

    python tools/make_old_scripts_page.py

The tables are those of the code.
"""
import sys
from collections import OrderedDict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "old-scripts.md"

INTRODUCTION = """# Scripts of the TensorFlow-1 era

Made by `tools/make_old_scripts_page.py` from the tables in `zhusuan/tf1`: change those,
not this page.

```bash
python -m zhusuan.tf1 SCRIPT [ARGS...]
python -m zhusuan.tf1 -m MODULE [ARGS...]
```

These commands run a program for TensorFlow 1 on TensorFlow 2, without a change to its
files, as `python SCRIPT` and `python -m MODULE` run it on 1.15. Packages with relative
imports run by `-m`. In that process

- `import tensorflow as tf` gives the TensorFlow-1 API, `tf.compat.v1`, with v2
  behaviour off;
- `tf.contrib` has the [parts below](#parts-of-tf-contrib);
- [private paths](#private-paths) of TensorFlow lead to their new places;
- `tensorflow.examples.tutorials.mnist.input_data` reads MNIST, from files only:
  `read_data_sets(FOLDER)` expects the four files `train-images-idx3-ubyte.gz`,
  `train-labels-idx1-ubyte.gz`, `t10k-images-idx3-ubyte.gz` and
  `t10k-labels-idx1-ubyte.gz` in the folder, and gives the batches of TensorFlow 1.15;
- [names that other packages have removed](#names-that-packages-have-removed) are
  supplied in packages that the program imports. A line on the standard error stream
  lists those that were used. `--no-shims` turns this off.

These commands require no package but ZhuSuan's own requirements (TensorFlow, NumPy and
six). `tf.train.Saver` restores checkpoints that TensorFlow 1.15 has written. Programs
that use `tf.keras` require tf_keras: `pip install -e ".[tf1]"`.

`import zhusuan.tf1 as tf` gives the API alone: neither `tf.contrib` nor the other
tables. On TensorFlow 1.15 the commands add nothing but the names that the installed
packages have removed.

## Not covered

- Parts of `tf.contrib` that are not below. They can be imported; using one of their
  names raises an error with the replacement in TensorFlow 2.
- Behaviour that changed under the same name, except for the
  [changed defaults](#changed-defaults) below. For example, NumPy 2 raises for arrays of
  rows of different lengths.
- Methods of arrays that NumPy has removed, such as `x.itemset`: types written in C
  cannot be extended.
- Processes that the program starts, unless it forks: they run plain Python.
- Eager execution: `tf.enable_eager_execution()` and `tf.contrib.eager`.
- The rest of `tensorflow.examples`; downloads of data sets from addresses where they
  no longer are.
- Mixing layers of `tensorflow.python.keras` with those of `tf.keras` in one model.
- Syntax of Python 2.
"""


def page():
    """The text of the page."""
    from zhusuan.tf1._contrib import PROVIDED
    from zhusuan.tf1._moved_names import MOVED_NAMES
    from zhusuan.tf1._shims import CHANGED, NAMES

    lines = [INTRODUCTION]
    lines += ["## Parts of tf.contrib", "",
              "`tf.contrib.distributions` has the distributions and bijectors of "
              "TensorFlow Probability if that is installed.", ""]
    lines += table(["part", "names"], [
        (code("tf.contrib." + part), names(provided))
        for part, provided in PROVIDED.items()])
    lines += ["", "## Private paths", "", "A star means all names.", ""]
    lines += table(["module", "names", "taken from"], grouped(MOVED_NAMES))
    lines += ["", "## Names that packages have removed", "",
              "A name is supplied only if the installed package lacks it. Names from "
              "`zhusuan.tf1` are functions of ZhuSuan that behave as the removed ones; "
              "those for images need Pillow.", ""]
    lines += table(["module", "names", "taken from"], grouped(
        row for row in NAMES if row[0] != "collections") + [
            (code("collections"), "the classes of `collections.abc`",
             code("collections.abc"))])
    lines += ["", "### Changed defaults", ""]
    lines += table(["function", "what changes"], [
        (code(module + "." + name), CHANGES[name]) for module, name, _ in CHANGED])
    return "\n".join(lines + [""])


CHANGES = {
    "fromstring": "reads binary data, into a new array, unless `sep` is given",
    "load": "reads pickled objects (NumPy) and has a default `Loader` (PyYAML), unless "
            "the argument is given",
    "load_all": "as `load`",
    "histogram": "takes `normed`, the former name of `density`",
    "Axes.hist": "takes `normed`, the former name of `density`",
}


def grouped(rows):
    """Rows of the table: names with the same module and the same source."""
    groups = OrderedDict()
    for module, name, path in rows:
        source, _, other = path.partition(":")
        source = "zhusuan.tf1" if source.startswith("zhusuan.tf1.") else source
        if source == "zhusuan._tf.versions":
            place = other.split(".")[1:]  # after VERSION_1_API
            source = ".".join(["tf"] + (place if name == "*" else place[:-1]))
        groups.setdefault((module, source), []).append(name)
    return [(code(module), names(found), code(source))
            for (module, source), found in groups.items()]


def names(found):
    return ", ".join(code(name) for name in found)


def code(text):
    return "`{}`".format(text)


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"] + [
        "| " + " | ".join(row) + " |" for row in rows]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page(), encoding="utf-8")
