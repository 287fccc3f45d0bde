"""Figures of the old scripts on TensorFlow 1.15, with which the tests compare.

On TensorFlow 1.15 `python record.py [PROGRAM...]` writes figures/PROGRAM.txt, by
plain `python` as the scripts were run in their time.
"""
import os
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = {
    "scripts": ["run_all.py", "vae_contrib_03.py", "ssl_vae_04.py", "hmc_03.py",
                "contrib_layers.py", "svgd_bnn.py", "lstm_vae_wrapped.py",
                "hmm_scan.py", "gp_jacobians.py", "cvae_layers.py", "rws_helpers.py",
                "checkpoint_vae.py"],
    "removed_names": ["topics_removed_names.py"],
    "package": ["-m", "sentence_vae.train", "--hparams=n_hidden=5,momentum=0.5"],
}


def figures(output):
    """The lines of a program's output that :func:`weights.report` wrote."""
    start = "RESULT "
    return [line[len(start):] for line in output.splitlines() if line.startswith(start)]


def figures_file(program):
    return os.path.join(FOLDER, "figures", program + ".txt")


def main(programs):
    for program in programs or sorted(PROGRAMS):
        output = subprocess.check_output(
            [sys.executable] + PROGRAMS[program], cwd=FOLDER)
        with open(figures_file(program), "w") as file:
            file.writelines(line + "\n" for line in figures(output.decode()))


if __name__ == "__main__":
    main(sys.argv[1:])
