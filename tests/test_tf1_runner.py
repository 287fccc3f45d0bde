"""`python -m zhusuan.tf1` runs a program as Python itself does."""
import re
import sys

import pytest
from tf1_program import ON_TF1, WITHOUT_TENSORFLOW, python, run_by_tf1

RUN_SCRIPT = WITHOUT_TENSORFLOW + """
from zhusuan.tf1._run_program import run_script
run_script(sys.argv[1], sys.argv[2:])
"""
RUN_MODULE = WITHOUT_TENSORFLOW + """
from zhusuan.tf1._run_program import run_module
sys.path[0] = os.getcwd()  # as `python -m zhusuan.tf1` has it
run_module(sys.argv[1], sys.argv[2:])
"""
FACTS = '''
"""A program."""
import os, pickle, sys
{}
class Row:
    pass
import __main__
assert __main__.Row is Row and __name__ == "__main__"
assert isinstance(pickle.loads(pickle.dumps(Row())), Row)
print(sys.argv, __file__, __doc__, __package__, __builtins__, sys.path[0])
print(__spec__ and (__spec__.name, __spec__.origin, __spec__.parent))
print(beside.__file__, sorted(vars(__main__)))
def fail():
    {}
fail()
'''
ENDINGS = {
    "returns": "pass",
    "raises": "raise ValueError('a value')",
    "raises in another file": "beside.fail()",
    "raises from a cause": "\n".join([
        "try:", "        1 / 0", "    except ZeroDivisionError as error:",
        "        raise KeyError('x') from error"]),
    "raises while handling": "\n".join([
        "try:", "        beside.fail()", "    except OSError:", "        1 / 0"]),
    "raises in a thread": "\n".join([
        "import threading", "    thread = threading.Thread(target=beside.fail)",
        "    thread.start(); thread.join()"]),
    "imports what does not exist": "import beside.nothing",
    "imports a file with a syntax error": "import broken",
    "exits with a code": "sys.exit(7)",
    "exits with a text": "sys.exit('a text')",
    "is interrupted": "raise KeyboardInterrupt",
    "has a hook": "\n".join([
        "sys.excepthook = lambda kind, value, trace: print(",
        "        kind, value, trace.tb_frame.f_code.co_filename)", "    1 / 0"]),
}


def write_package(folder, name, ending):
    """A script, or a package, and its neighbours."""
    folder.mkdir(exist_ok=True)
    (folder / "beside.py").write_text("def fail():\n    raise OSError('beside')\n")
    (folder / "broken.py").write_text("x = = 1\n")
    importing = "import beside" if name == "script.py" else (
        "from . import beside\nimport app.beside")
    body = ENDINGS[ending].replace("import broken", "import broken" if (
        name == "script.py") else "from . import broken")
    (folder / name).write_text(FACTS.format(importing, body))


def assert_same(by_us, as_it_is):
    assert by_us.stdout == as_it_is.stdout
    assert by_us.stderr == as_it_is.stderr
    assert by_us.returncode == as_it_is.returncode


@pytest.mark.parametrize("ending", sorted(ENDINGS) + ["no script", "syntax error"])
def test_script_runs_as_by_python(ending, tmp_path):
    if ending == "syntax error":
        (tmp_path / "script.py").write_text("def f(:\n")
    elif ending != "no script":
        write_package(tmp_path, "script.py", ending)
    arguments = ["script.py", "--a", "b c"]
    assert_same(python("-c", RUN_SCRIPT, *arguments, cwd=str(tmp_path)),
                python(*arguments, cwd=str(tmp_path)))


def without_runpy(text):
    """A traceback without the first frames, which are those of `python -m` itself."""
    frame = r'  File "[^"\n]*(runpy|importlib)[^"\n]*", line \d+, in \w+\n(    .*\n)*'
    return re.sub(frame, "", text)


# A hook of the program gets the traceback from its own first line on.
MODULES = dict.fromkeys(set(ENDINGS) - {"has a hook"}, "app")
MODULES.update({"a module in it": "app.tool", "no module": "nothing",
                "no module in it": "app.nothing", "no package": "beside.tool",
                "no main": "empty", "syntax error": "app.broken"})


@pytest.mark.parametrize("ending", sorted(MODULES))
def test_module_runs_as_by_python(ending, tmp_path):
    app = tmp_path / "app"
    write_package(app, "__main__.py", ending if ending in ENDINGS else "raises")
    (app / "__init__.py").write_text("")
    write_package(app, "tool.py", "raises in another file")
    (tmp_path / "beside.py").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "__init__.py").write_text("")
    arguments = [MODULES[ending], "--a", "b c"]
    as_it_is = python("-m", *arguments, cwd=str(tmp_path))
    as_it_is.stderr = without_runpy(as_it_is.stderr)
    if "Traceback" in as_it_is.stderr and ending == "syntax error":
        # Python prints the line above frames, of which none is left.
        as_it_is.stderr = as_it_is.stderr.replace(
            "Traceback (most recent call last):\n", "")
    assert_same(python("-c", RUN_MODULE, *arguments, cwd=str(tmp_path)), as_it_is)


@pytest.mark.slow
def test_options_and_traces_of_the_whole_program(tmp_path):
    """One process of TensorFlow runs a package whose op fails."""
    app = tmp_path / "app"
    app.mkdir()
    (app / "__init__.py").write_text("")
    (app / "net.py").write_text(
        "import tensorflow as tf\n"
        "def net(x):\n    return tf.check_numerics(x, 'bad')\n")
    (app / "__main__.py").write_text("\n".join([
        "import sys", "import numpy as np", "import tensorflow as tf",
        "from .net import net", "print(sys.argv[1:], hasattr(np, 'Inf'))",
        "x = tf.placeholder(tf.float32, [])", "y = net(x)",
        "tf.Session().run(y, {x: float('nan')})"]))
    done = python("-m", "zhusuan.tf1", "--no-shims", "-m", "app", "--no-shims", "-m",
                  cwd=str(tmp_path))
    import numpy as np

    assert done.stdout == "['--no-shims', '-m'] {}\n".format(hasattr(np, "Inf"))
    assert done.returncode == 1
    assert "app/net.py" in done.stderr.replace("\\", "/")
    if not ON_TF1:
        assert "Detected at node" in done.stderr
        assert "zhusuan" not in done.stderr and "runpy" not in done.stderr
    assert "supplied names" not in done.stderr


@pytest.mark.parametrize("arguments, code, text", [
    (["--help"], 0, "--no-shims"),
    (["-h"], 0, "-m MODULE"),
    ([], 2, "expected the name of a script"),
    (["-m"], 2, "argument expected for the -m option"),
    (["--no-shims"], 2, "expected the name of a script"),
    (["--shims", "x.py"], 2, "unknown option --shims"),
])
def test_usage(arguments, code, text):
    done = python("-c", WITHOUT_TENSORFLOW + PARSE, *arguments)
    assert done.returncode == code
    printed = done.stderr if code else done.stdout
    assert text in printed and printed.startswith("usage: python -m zhusuan.tf1 ")
    assert (done.stdout if code else done.stderr) == ""


PARSE = """
from zhusuan.tf1.__main__ import _parse
run, name, rest, shims = _parse(sys.argv[1:])
print(run.__name__, name, rest, shims)
"""


def test_arguments_after_the_program_are_the_programs():
    for arguments, wanted in [
            (["x.py", "-m", "-h"], "run_script x.py ['-m', '-h'] True"),
            (["--no-shims", "-mapp", "--no-shims"],
             "run_module app ['--no-shims'] False")]:
        done = python("-c", WITHOUT_TENSORFLOW + PARSE, *arguments)
        assert done.stdout.strip() == wanted, done.stderr


def test_spec_of_main_is_found_by_processes_that_are_spawned(tmp_path):
    """multiprocessing imports the program again by its `__spec__` or `__file__`."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("")
    (tmp_path / "app" / "tool.py").write_text("\n".join([
        "import multiprocessing", "def double(x):", "    return 2 * x",
        "if __name__ == '__main__':",
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:",
        "        print(pool.map_async(double, [1, 2]).get(60))"]))
    done = python("-c", RUN_MODULE, "app.tool", cwd=str(tmp_path))
    assert done.stdout == "[2, 4]\n", done.stderr


@pytest.mark.skipif(sys.version_info < (3, 11), reason="an option of Python 3.11")
def test_safe_path_is_left_alone(tmp_path):
    (tmp_path / "script.py").write_text("import sys; print(sys.path)")
    done = python("-P", "-c", RUN_SCRIPT, tmp_path / "script.py")
    assert str(tmp_path) not in done.stdout and done.returncode == 0


def test_script_with_an_error_prints_what_was_supplied(tmp_path):
    done = run_by_tf1(tmp_path, """
        from fractions import gcd
        print(gcd(4, 6))
        raise SystemExit(3)
        """)
    assert (done.returncode, done.stdout) == (3, "2\n"), done.stderr
    supplied = "supplied names that the installed packages have removed: fractions.gcd"
    assert (supplied in done.stderr) == (sys.version_info >= (3, 9))
