"""Run chains on two logical CPUs, as tests/test_devices.py wants them.

    python devices_program.py session|eager

In a program of its own, because the CPU can be split only before TensorFlow starts.
"""
import sys
import warnings

import numpy as np
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan._tf import programs

IS_TF1 = v1.VERSION.startswith("1.")
DEVICES = ["CPU:0", "/device:CPU:1"]
START = {"x": np.linspace(-1., 1., 8).reshape(4, 2)}
BATCHES = [{"y": np.float64(i)} for i in range(3)]


def log_joint(values):
    density = -0.5 * tf.reduce_sum(
        (values["x"] - values["y"]) ** 2 * np.array([1., 4.]), -1)
    return density, {"sum": tf.reduce_sum(values["x"], -1)}


# Runs of one object share their compiled programs.
TUNED = zs.HMC(0.9, 3, adapt_step_size=True, adapt_mass=True)


def run(latent, sampler=None, n_samples=30, **options):
    options = dict({"seed": 4, "progress_bar": False, "jit_compile": False}, **options)
    observed = {} if "data" in options else {"y": np.float64(0.)}
    return (sampler or TUNED).run(
        log_joint, observed, latent, n_samples, 80, **options)


def alone(part, **options):
    return run({"x": START["x"][part]}, **options)


def check_parts(**options):
    """Each device draws what a run of its chains alone draws, from its own seed."""
    both = run(START, devices=DEVICES, **options)
    assert both["x"].shape == (30, 4, 2) and both.n_chains == 4
    np.testing.assert_allclose(both["sum"], both["x"].sum(-1), rtol=1e-12)
    first = alone(slice(0, 2), **options)
    stride = 0x9E3779B97F4A7C15
    second = alone(slice(2, 4), **dict(options, seed=(4 + stride) % 2 ** 63))
    for i, part in enumerate((first, second)):
        chains = slice(2 * i, 2 * i + 2)
        np.testing.assert_array_equal(both["x"][:, chains], part["x"])
        for name, x in part.statistics.items():
            wanted = x if x.ndim > 1 else np.stack([x, x], 1)
            np.testing.assert_array_equal(both.statistics[name][:, chains], wanted)
    return both.statistics


def check_tuning(**options):
    """Adaptation that chains share is reported for each; parts adapt on their own."""
    steps = check_parts(**options)["step_size"]
    assert steps.shape == (30, 4)
    assert (steps == steps[:, [0, 0, 2, 2]]).all() and steps[0, 0] != steps[0, 2]


def check_resume():
    """Bit for bit as without a break."""
    whole = run(START, devices=DEVICES)
    part = run(START, devices=DEVICES, n_samples=11)
    again = run(START, devices=DEVICES, resume=part)
    np.testing.assert_array_equal(again["x"], whole["x"])
    check_refused("another number of devices", START, resume=part)


def check_refused(words, latent, **options):
    try:
        run(latent, **options)
    except ValueError as error:
        assert words in str(error), error
    else:
        raise AssertionError("not refused: " + words)


def check_keep():
    """What is not stored is drawn nevertheless."""
    part = run(START, devices=DEVICES, keep=["sum"])
    np.testing.assert_array_equal(part["sum"], run(START, devices=DEVICES)["sum"])
    assert not part.draws and part.n_chains == 4


def check_errors():
    check_refused("unknown device 'GPU:7'; available devices", START,
                  devices=["CPU:0", "GPU:7"])
    check_refused("unknown device 'nonsense'", START, devices=["nonsense"])
    check_refused("the 3 chains of the first axis cannot be divided into 2",
                  {"x": np.zeros([3, 2])}, devices=DEVICES)
    check_refused("only chain, without an axis of chains", {"x": START["x"][0]},
                  devices=DEVICES)
    check_refused("must be a list", START, devices="CPU:1")
    check_refused("must be a list", START, devices=[])


def check_places(session):
    """Parts are computed on the devices that were named."""
    seen = []

    def where(x):
        y = x + 1.
        seen.append(y.device[-5:])
        return y

    call = programs.build_program(
        where, [np.zeros(2), np.ones(2)], False,
        ["/device:CPU:0", "/device:CPU:1"])
    np.testing.assert_array_equal(
        call([np.zeros(2), np.ones(2)], session), [[1., 1.], [2., 2.]])
    assert seen == ["CPU:0", "CPU:1"], seen


def main(place):
    if place == "eager":
        if IS_TF1:
            v1.enable_eager_execution()
        split = getattr(tf.config, "set_logical_device_configuration", None) or (
            tf.config.experimental.set_virtual_device_configuration)
        part = getattr(tf.config, "LogicalDeviceConfiguration", None) or (
            tf.config.experimental.VirtualDeviceConfiguration)
        split(tf.config.experimental.list_physical_devices("CPU")[0], [part()] * 2)
        check_parts(sampler=zs.SGLD(0.1), data=BATCHES)
        check_resume()
        check_keep()
        check_errors()
        if not IS_TF1:
            check_tuning(jit_compile=True)
        check_places(None)
        return
    config = v1.ConfigProto(device_count={"CPU": 2})
    with tf.Graph().as_default(), v1.Session(config=config) as session:
        check_tuning()
        check_keep()
        check_errors()
        check_places(session)


if __name__ == "__main__":
    warnings.simplefilter("error", UserWarning)
    main(sys.argv[1])
