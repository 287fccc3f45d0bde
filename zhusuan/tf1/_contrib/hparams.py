"""`tf.contrib.training.HParams`: named settings with types."""
import json
import re

__all__ = ["HParams"]

_TRUE, _FALSE = ("true", "1"), ("false", "0")
# name=value, or name=[value, ...]; settings are separated by commas.
_SETTING = re.compile(r"\s*(\w+)\s*=\s*(\[[^\]]*\]|[^,\[]*)\s*(?:,|$)")


class HParams:
    """Settings as attributes, each of the type of its first value.

    >>> settings = HParams(rate=0.1, sizes=[500, 500])
    >>> settings.parse("rate=1,sizes=[20,10]").values()
    {'rate': 1.0, 'sizes': [20, 10]}
    """

    def __init__(self, hparam_def=None, model_structure=None, **kwargs):
        if hparam_def is not None or model_structure is not None:
            raise NotImplementedError(
                "HParams was given a protocol buffer, which TensorFlow 1.15 reads; "
                "expected the settings as keywords: HParams(rate=0.1).")
        self._types = {}
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name, value):
        """Add a setting of the type of `value`, or of the elements of a list."""
        if getattr(self, name, None) is not None:
            raise ValueError(
                "HParams has {!r} already; expected a new name. Change a setting "
                "by set_hparam.".format(name))
        is_list = isinstance(value, (list, tuple))
        if is_list and not value:
            raise ValueError("HParams was given an empty list for {!r}; expected an "
                             "element, whose type the setting has.".format(name))
        self._types[name] = (type(value[0] if is_list else value), is_list)
        setattr(self, name, list(value) if is_list else value)

    def set_hparam(self, name, value):
        """Change a setting; a string is converted to the type of the setting."""
        kind, is_list = self._type_of(name)
        if is_list != isinstance(value, (list, tuple)):
            raise ValueError("HParams was given {!r} for {!r}; expected {}.".format(
                value, name, "a list" if is_list else "one value"))
        read = [_read(name, kind, v) for v in (value if is_list else [value])]
        setattr(self, name, read if is_list else read[0])

    def del_hparam(self, name):
        """Remove a setting."""
        self._type_of(name)
        delattr(self, name)
        del self._types[name]

    def _type_of(self, name):
        if name not in self._types:
            raise KeyError("HParams has no setting {!r}; expected one of {}.".format(
                name, sorted(self._types)))
        return self._types[name]

    def parse(self, values):
        """Change settings from a string such as ``"rate=0.5,sizes=[1,2]"``."""
        changes, end = {}, 0
        while end < len(values):
            found = _SETTING.match(values, end)
            if found is None:
                raise ValueError("HParams cannot read {!r}; expected "
                                 "name=value,name=[value,value].".format(values[end:]))
            name, text = found.groups()
            changes[name] = (text[1:-1].split(",") if text.startswith("[")
                             else text.strip())
            end = found.end()
        return self.override_from_dict(changes)

    def override_from_dict(self, values_dict):
        """Change settings; returns the object itself."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def parse_json(self, values_json):
        """Change settings from a JSON object."""
        return self.override_from_dict(json.loads(values_json))

    def to_json(self, indent=None, separators=None, sort_keys=False):
        """All settings as a JSON object."""
        return json.dumps(self.values(), indent=indent, separators=separators,
                          sort_keys=sort_keys)

    def values(self):
        """All settings, in a dictionary."""
        return {name: getattr(self, name) for name in self._types}

    def get(self, key, default=None):
        """A setting, or `default` if no setting has this name."""
        return getattr(self, key) if key in self._types else default

    def __contains__(self, key):
        return key in self._types

    def __repr__(self):
        return "HParams({})".format(", ".join(
            "{}={!r}".format(*item) for item in sorted(self.values().items())))


def _read(name, kind, value):
    """`value`, converted from a string if necessary, in the type of the setting."""
    if kind is bool and isinstance(value, str):
        if value.strip().lower() in _TRUE + _FALSE:
            return value.strip().lower() in _TRUE
    elif isinstance(value, str) or value is None or kind is type(None):
        if kind in (str, type(None)) or value is None:
            return value
        try:
            return kind(value.strip())
        except ValueError:
            pass
    elif isinstance(value, kind) or (kind is float and isinstance(value, int)):
        return kind(value)
    raise ValueError("HParams was given {!r} for {!r}; expected a value of type "
                     "{}.".format(value, name, kind.__name__))
