"""Compare what the old scripts print with the figures of TensorFlow 1.15.

    python compare_old_scripts.py [PROGRAM...]

runs the programs of old_scripts/record.py by `python -m zhusuan.tf1`. It requires no
package but ZhuSuan and what that requires.
"""
import os
import subprocess
import sys

from old_scripts.record import FOLDER, PROGRAMS, figures, figures_file

RELATIVE, ABSOLUTE = 1e-5, 2e-6  # differences that are allowed


def run(program, runner=("-m", "zhusuan.tf1"), **environment):
    """The ended process of a program, with its output."""
    # oneDNN corrupted the memory of contrib_layers.py in about every second process of
    # TensorFlow 2.21; without its kernels none failed. 1.15 has none.
    env = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0",
               **environment)
    env.pop("TF_USE_LEGACY_KERAS", None)
    return subprocess.run([sys.executable] + list(runner) + PROGRAMS[program], env=env,
                          cwd=FOLDER, capture_output=True, text=True)


def compare(program, output):
    """The number of figures, and triples (name, value, recorded value) that differ."""
    given = _named(figures(output))
    with open(figures_file(program), encoding="utf-8") as file:
        wanted = _named(file.read().splitlines())
    if [name for name, _ in given] != [name for name, _ in wanted]:
        return len(wanted), [("names", [n for n, _ in given], [n for n, _ in wanted])]
    return len(wanted), [
        (name, value, want) for (name, value), (_, want) in zip(given, wanted)
        if not abs(value - want) <= max(ABSOLUTE, RELATIVE * abs(want))]


def _named(lines):
    pairs = [line.rsplit(" ", 1) for line in lines]
    return [(name, float(value)) for name, value in pairs]


def main(programs):
    for program in programs or sorted(PROGRAMS):
        done = run(program)
        if done.returncode:
            sys.exit(done.stderr)
        n_figures, different = compare(program, done.stdout)
        if different:
            sys.exit("{}: {}".format(program, different))
        print("{}: {} figures are those of TensorFlow 1.15".format(program, n_figures))


if __name__ == "__main__":
    main(sys.argv[1:])
