"""Write docs/examples.md, the table of examples, from the scripts themselves.

    python tools/make_examples_page.py

What a script shows is the first line of its docstring; a full run, the commands in it;
where it runs and whether it has --smoke, its code.
"""
import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PAGE = ROOT / "docs" / "examples.md"

INTRODUCTION = """# Examples

Made by `tools/make_examples_page.py` from the scripts: change those, not this page.

Run them from the root of the source, after `pip install -e ".[examples]"`. Each has
`--help`, a `--seed` and, where it writes anything, a `--result-dir`; data sets are
downloaded, and checked, at the first run. With `--smoke` a script takes seconds, on a
little of the data or on made-up data, to see that all works. Figures that full runs
reached are among the [results](results/index.md).

Without that extra, `vae.py` and most others skip progress bars and pictures with a
message. Examples whose result is a graph end with a message that says what to install.
"""
# What a script says when it is run on a TensorFlow that it does not know.
NEEDS_2 = re.compile(r"needs TensorFlow 2[.]16 or\s+later")


def scripts():
    """All examples, by folder and name."""
    return [path for path in sorted(EXAMPLES.glob("*/*.py"))
            if path.parent.name != "utils" and path.name != "__init__.py"]


def page():
    """The text of the page."""
    lines = [INTRODUCTION, "| script | what it shows | TensorFlow | in seconds |",
             "|---|---|---|---|"]
    lines += ["| `%s` | %s | %s | %s |" % (
                  name_of(path), title(path), tensorflow(path), smoke(path))
              for path in scripts()]
    lines += ["", "## Full runs", "", "```bash"]
    lines += [command for path in scripts() for command in commands(path)]
    return "\n".join(lines + ["```", ""])


def name_of(path):
    return path.relative_to(EXAMPLES).as_posix()


def docstring(path):
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def title(path):
    """The first paragraph of the docstring, in one line."""
    return " ".join(docstring(path).partition("\n\n")[0].split()).replace("|", "\\|")


def tensorflow(path):
    """The releases that the script runs on."""
    text = re.sub(r'"\s*"', "", path.read_text(encoding="utf-8"))
    return "2.16 or later" if NEEDS_2.search(text) else "1.15, 2.16 or later"


def smoke(path):
    """The command that takes seconds."""
    if '"--smoke"' in path.read_text(encoding="utf-8") + shared_code(path):
        return "`python %s --smoke`" % path.relative_to(ROOT).as_posix()
    return "-"


def shared_code(path):
    """The texts of the modules in examples/utils that the script imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree)
             if isinstance(node, ast.ImportFrom) and node.module == "examples.utils"
             for alias in node.names}
    return "".join((EXAMPLES / "utils" / (name + ".py")).read_text(encoding="utf-8")
                   for name in sorted(names))


def commands(path):
    """The commands in the docstring, continued lines joined."""
    text = docstring(path).replace("\\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines()
            if line.startswith("    python ") and path.name in line]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
