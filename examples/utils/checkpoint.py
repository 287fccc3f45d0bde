"""A checkpoint per epoch that no Ctrl-C or `kill -9` can spoil.

A checkpoint is one file, `RESULT_DIR/checkpoint.npz`: the variables, the
epoch, and the settings of the run. It replaces that of the epoch before by a
rename, so at each moment there is one whole checkpoint.

A resumed run gives the numbers of an uninterrupted one if the randomness of an
epoch depends on nothing but the seed and the epoch: see `epoch_rng`.
"""

import collections
import json
import os

import numpy as np

from examples.utils.files import write_atomically

FILE_NAME = "checkpoint.npz"
VARIABLE = "variable/"  # so that no variable can be called "manifest"

#: epoch: the last complete one; arrays: by variable; extras: as given to save.
Checkpoint = collections.namedtuple("Checkpoint", "epoch arrays extras")


class CheckpointError(ValueError):
    """A checkpoint is damaged or belongs to another model."""


def epoch_rng(seed, epoch):
    """The random numbers of one epoch, the same whenever it is run.

    :param seed: int in 0..2**32-1, of the run.
    :param epoch: int, 0 for what comes before training.
    :return: A `numpy.random.RandomState`.
    """
    return np.random.RandomState([seed, epoch])


def refuse_to_overwrite(result_dir):
    """For a run that starts afresh: see that no other run would be lost.

    :param result_dir: A directory that is there: str, bytes or `os.PathLike`, here as
        in all functions below.
    :raises CheckpointError: It holds a checkpoint already.
    """
    if os.path.exists(_path(result_dir)):
        raise CheckpointError(
            "The result directory {!r} holds a run already; expected one without "
            "{}. Go on with that run (--resume), or give another directory "
            "(--result-dir) to start afresh.".format(
                os.fsdecode(result_dir), FILE_NAME))


def _path(result_dir):
    return os.path.join(os.fsdecode(result_dir), FILE_NAME)


def save(sess, result_dir, epoch, settings, extras=None):
    """Write the global variables of a Session.

    :param sess: A `tf.Session` (or `tf.compat.v1.Session`).
    :param result_dir: A directory that is there.
    :param epoch: int, the last complete epoch.
    :param settings: A dictionary of what `restore` must find unchanged, such
        as layer sizes, learning rate and seed: strings, numbers, lists.
    :param extras: A dictionary of the same kind that `restore` gives back.
    """
    variables = _global_variables(sess)
    names = [v.op.name for v in variables]
    arrays = dict(zip(names, sess.run(variables)))
    save_arrays(result_dir, epoch, arrays, settings, extras)


def restore(sess, result_dir, settings):
    """Set the global variables of a Session to those of the last checkpoint.

    Nothing is set unless everything fits.

    :param sess: A `tf.Session` whose graph is that of the run that saved.
    :param result_dir: The directory given to `save`.
    :param settings: The dictionary given to `save`.
    :return: A `Checkpoint`, or None where there is none yet.
    :raises CheckpointError: It is damaged or of another model.
    """
    variables = {v.op.name: v for v in _global_variables(sess)}
    shapes = {name: v.shape.as_list() for name, v in variables.items()}
    checkpoint = load_arrays(result_dir, shapes, settings)
    if checkpoint is not None:
        for name, variable in variables.items():
            # The initializer assigns whatever takes its value's place.
            initial_value = variable.initializer.inputs[1]
            sess.run(variable.initializer,
                     {initial_value: checkpoint.arrays[name]})
    return checkpoint


def _global_variables(sess):
    return sess.graph.get_collection("variables")


def save_arrays(result_dir, epoch, arrays, settings, extras=None):
    """Write arrays, as `save` does, for programs without a Session.

    :param result_dir: A directory that is there.
    :param epoch: int, the last complete epoch.
    :param arrays: A dictionary from names to numpy arrays.
    :param settings: As for `save`.
    :param extras: As for `save`.
    """
    manifest = {"epoch": int(epoch), "settings": settings,
                "extras": extras or {}}
    members = {VARIABLE + name: array for name, array in arrays.items()}
    members["manifest"] = np.array(json.dumps(manifest))
    with write_atomically(_path(result_dir)) as stream:
        np.savez(stream, **members)


def load_arrays(result_dir, shapes, settings):
    """Read what `save_arrays` wrote, if it fits.

    :param result_dir: The directory given to `save_arrays`.
    :param shapes: A dictionary from names to the shapes that the arrays must
        have.
    :param settings: As for `restore`.
    :return: A `Checkpoint`, or None where there is none yet.
    :raises CheckpointError: It is damaged or of another model.
    """
    path = _path(result_dir)
    if not os.path.exists(path):
        return None
    manifest, arrays = _read(path)
    saved_shapes = {name: array.shape for name, array in arrays.items()}
    _check_same(path, "setting", manifest["settings"], _as_json(settings))
    _check_same(path, "the shape of variable", _as_json(saved_shapes),
                _as_json(shapes))
    return Checkpoint(manifest["epoch"], arrays, manifest["extras"])


def _as_json(value):
    return json.loads(json.dumps(value))


def _read(path):
    with open(path, "rb") as stream:
        try:
            manifest, arrays = _parse(stream)
        except MemoryError:
            raise
        except Exception as error:  # bytes of any kind: no list would be complete
            raise CheckpointError(
                "{!r} is damaged or no checkpoint of these examples ({}: {}). Delete "
                "it, or give another result directory (--result-dir), to start "
                "afresh.".format(path, type(error).__name__, error)) from None
    return manifest, arrays


def _parse(stream):
    members = np.load(stream, allow_pickle=False)
    if not isinstance(members, np.lib.npyio.NpzFile):
        raise ValueError("it holds one array")
    manifest = json.loads(str(members["manifest"]))
    if not isinstance(manifest, dict) or set(manifest) != {
            "epoch", "settings", "extras"}:
        raise ValueError("its manifest is {}".format(manifest))
    return manifest, {name[len(VARIABLE):]: members[name]
                      for name in members.files if name.startswith(VARIABLE)}


def _check_same(path, what, saved, given):
    for name in sorted(set(saved) | set(given)):
        if name not in saved or name not in given or (
                saved[name] != given[name]):
            raise CheckpointError(
                "{!r} is a checkpoint of another model: {} {!r} is {} in it "
                "and {} in this run; expected the same. Resume with what it "
                "was made with, or give another result directory "
                "(--result-dir) to start afresh. Nothing was changed.".format(
                    path, what, name, saved.get(name, "absent"),
                    given.get(name, "absent")))
