"""What `import zhusuan` costs beyond TensorFlow's own import, in fresh processes.

    python -m benchmarks.import_time
"""
import argparse
import os
import statistics
import subprocess
import sys

PROGRAM = """
import time
start = time.perf_counter()
import tensorflow
between = time.perf_counter()
import zhusuan
print(between - start, time.perf_counter() - between)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="how many processes")
    rounds = range(parser.parse_args().rounds)
    one_process()  # compiles, and reads the files from the disk
    times = zip(*[one_process() for _ in rounds])
    for name, seconds in zip(["tensorflow", "zhusuan, after it"], times):
        print("import %s: %.3f s (%.3f to %.3f)" % (
            name, statistics.median(seconds), min(seconds), max(seconds)))


def one_process():
    """Both times in seconds, of modules that are compiled to bytecode already."""
    env = {name: value for name, value in os.environ.items()
           if name != "PYTHONDONTWRITEBYTECODE"}
    output = subprocess.check_output(
        [sys.executable, "-c", PROGRAM], env=env, stderr=subprocess.DEVNULL)
    return [float(number) for number in output.split()]


if __name__ == "__main__":
    main()
