"""The committed type stub is the output of tools/make_stubs.py."""
import runpy
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent / "tools" / "make_stubs.py"


def test_the_stub_is_up_to_date():
    tool = runpy.run_path(str(TOOL))
    assert tool["STUB"].read_bytes() == tool["stub"]().encode(), (
        "run python tools/make_stubs.py")
