"""The names of the latents and derived quantities whose draws a run stores."""
from zhusuan.utils import nearest_name_hint

__all__ = ["StoredNames"]


class StoredNames:
    """The arguments `keep` and `derived` of a run.

    :param keep: None for all, or a list of names of latents and derived quantities.
    :param derived: None, or a list of names of derived quantities. None means all, or
        only those of `keep`, if that is a list.
    """

    def __init__(self, keep=None, derived=None):
        self._keep = _checked_names("keep", "latents or derived quantities", keep)
        self._derived = _checked_names("derived", "derived quantities", derived)
        if self._keep == [] and not self._derived:
            raise ValueError(
                "keep=[]: no draws would be stored. Pass at least one latent or "
                "derived quantity, or omit keep=.")

    def latents(self, names):
        """The positions of the stored latents in the list `names` of all."""
        return [i for i, name in enumerate(names)
                if self._keep is None or name in self._keep]

    def derived(self, names):
        """The names of the stored derived quantities; None for all.

        :param names: A list of the names of all latents.
        """
        if self._keep is None:
            return self._derived
        wanted = [name for name in self._keep if name not in names]
        return wanted + [name for name in self._derived or ()
                         if name not in wanted]

    def check(self, names, derived):
        """Raise if a name of `keep` is neither a latent nor a derived quantity.

        :param names: A list of the names of all latents.
        :param derived: A dict with the names of all derived quantities.
        """
        known = list(names) + list(derived)
        for name in self._keep or ():
            if name not in known:
                raise ValueError(
                    "keep=: the model has no latent or derived quantity %r.%s" % (
                        name, nearest_name_hint(name, known)))


def _checked_names(argument, what, names):
    if names is None:
        return None
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(
            "%s= must be None or a list of the names of %s, but it is %r. Write "
            "%s=[\"name\"]." % (argument, what, names, argument))
    return list(names)
