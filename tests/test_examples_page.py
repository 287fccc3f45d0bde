"""The page of examples is the output of its tool and lists every example."""
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = runpy.run_path(
    str(ROOT / "docs" / "_extensions" / "generated.py"))["PICTURES"]
TOOL = runpy.run_path(str(ROOT / "tools" / "make_examples_page.py"))


def test_the_page_is_up_to_date():
    assert TOOL["PAGE"].read_bytes() == TOOL["page"]().encode(), (
        "run python tools/make_examples_page.py")


def test_every_script_has_a_row_and_a_full_run():
    text = TOOL["PAGE"].read_text(encoding="utf-8")
    rows, commands = text.split("## Full runs")
    paths = [path.relative_to(ROOT / "examples") for path in
             (ROOT / "examples").rglob("*.py") if path.name != "__init__.py"]
    names = [path.as_posix() for path in paths if path.parts[0] != "utils"]
    assert names
    for name in names:
        assert rows.count("| `%s` |" % name) == 1
        assert "examples/%s" % name in commands, "no command in its docstring"


def test_two_known_scripts_have_their_descriptions():
    rows = {line.split("`")[1]: line for line in TOOL["page"]().splitlines()
            if line.startswith("| `")}
    assert "| 1.15, 2.16 or later |" in rows["variational_autoencoders/vae.py"]
    assert "vae.py --smoke`" in rows["variational_autoencoders/vae.py"]
    assert "| 2.16 or later |" in rows["variational_autoencoders/vae_eager.py"]


def test_pictures_of_the_gallery_belong_to_scripts_and_exist():
    for name, (picture, description) in TOOL["PICTURES"].items():
        assert (ROOT / "examples" / name).exists()
        assert picture in GENERATED or (ROOT / "docs" / "images" / picture).exists()
        assert description


def test_pictures_of_the_build_come_from_examples_and_pages():
    for source, _ in GENERATED.values():
        assert (ROOT / source).exists()
