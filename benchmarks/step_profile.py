"""Where the time of a training step of the VAE goes, by kinds of operations.

    python -m benchmarks.step_profile [--objective elbo|iw|vimco]

A process on one core traces steps and adds up, for each operation, the lower quartile
of its durations, which other programs on the machine affect little. The processor time
of a step without the trace, less this sum, is that of the executor and the session.
Another process, on all cores, gives the processor time that threads add.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections import OrderedDict, defaultdict

__all__ = ["KINDS", "kind_of"]

N_TRACED, N_TIMED, ROUNDS = 60, 20, 15
CASES = {"elbo": {}, "iw": {"objective": "iw", "batch": 20, "n_particles": 50},
         "vimco": {"objective": "vimco", "batch": 20, "n_particles": 50}}

# Kinds of operations: patterns of "name type", the first that matches.
KINDS = OrderedDict([
    ("matrix products of gradients", r"^gradients\S* \S*MatMul$"),
    ("matrix products with fused bias and relu", r" \S*FusedMatMul$"),
    ("matrix products", r" \S*MatMul$"),
    ("Adam", r"^Adam|Apply"),
    ("feed and copy", r"Iterator| (_Arg|_Recv|_Send|Cast)$"),
    ("bias gradients", r" BiasAddGrad$"),
    ("relu gradients", r" ReluGrad$"),
    ("bias and relu that are not fused", r" (BiasAdd|Relu)$"),
    ("random numbers", r" Random| Stateless"),
    ("reductions", r" (Sum|Mean|Max|AddN)$"),
    ("constants, shapes and variables",
     r" (Const|Identity|IdentityN|VariableV2|Reshape|NoOp|Shape|Snapshot|Assign|"
     r"ExpandDims|StridedSlice|Pack|BroadcastArgs|BroadcastGradientArgs)$"),
    ("other elementwise operations", r""),
])


def kind_of(name, op_type):
    """The key of `KINDS` of an operation."""
    return next(kind for kind, pattern in KINDS.items()
                if re.search(pattern, "%s %s" % (name, op_type)))


def traced(session, fetches):
    """Lower quartiles of durations in seconds, by (name, type) of the operations."""
    import tensorflow.compat.v1 as tf

    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    durations = defaultdict(list)
    for _ in range(N_TRACED):
        metadata = tf.RunMetadata()
        session.run(fetches, options=options, run_metadata=metadata)
        for device in metadata.step_stats.dev_stats:
            for node in device.node_stats:
                # The label is "name = type(inputs)".
                op_type = node.timeline_label.split("=")[-1].split("(")[0].strip()
                durations[node.node_name, op_type].append(
                    1e-6 * (node.op_end_rel_micros - node.op_start_rel_micros))
    return {op: statistics.quantiles(values, n=4)[0] for op, values
            in durations.items() if len(values) > N_TRACED // 2}


def processor_time(call):
    """Seconds of processor time of a call: the lower quartile of several rounds."""
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(N_TIMED):
            call()
        found.append((time.process_time() - start) / N_TIMED)
    return statistics.quantiles(found, n=4)[0]


def measure(objective, on_all_cores=None):
    """Print the processor time of a step; the table if that on all cores is given."""
    from benchmarks.vae import graph_step

    session, fetches, _ = graph_step(**CASES[objective])
    call = session.make_callable(fetches)
    for _ in range(N_TIMED):
        call()
    step = processor_time(call)
    if on_all_cores is None:
        print(step)
        return
    totals, counts = defaultdict(float), defaultdict(int)
    for (name, op_type), seconds in traced(session, fetches).items():
        totals[kind_of(name, op_type)] += seconds
        counts[kind_of(name, op_type)] += 1
    rows = [(kind, counts[kind], totals[kind]) for kind in KINDS if counts[kind]]
    rows.append(("executor and session", "", step - sum(totals.values())))
    print("| part of a step | operations | ms | share |\n|---|---|---|---|")
    for kind, n, seconds in rows + [("one core", "", step)]:
        print("| %s | %s | %.2f | %.0f %% |" % (
            kind, n, 1e3 * seconds, 100. * seconds / step))
    print("| threads: processor time on all cores, less that on one | | %.2f | |" % (
        1e3 * (on_all_cores - step)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objective", choices=sorted(CASES), default="elbo")
    parser.add_argument("--processor-time", action="store_true",
                        help="print the processor time of a step on all cores")
    args = parser.parse_args()
    if args.processor_time:
        measure(args.objective)
        return
    on_all_cores = float(subprocess.run(
        [sys.executable, "-m", "benchmarks.step_profile", "--objective", args.objective,
         "--processor-time"], stdout=subprocess.PIPE, check=True).stdout)
    # Before TensorFlow makes its threads.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    measure(args.objective, on_all_cores)


if __name__ == "__main__":
    main()
