"""Chains spread over devices, in a program for which the CPU is two."""
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.mark.slow
@pytest.mark.parametrize("place", ["session", "eager"])
def test_each_device_makes_its_part(place):
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "devices_program.py"), place],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
