"""What processes do once: the import. (Their first steps are those of `vae.py`.)"""
from benchmarks.work import Work

__all__ = ["import_tensorflow", "import_zhusuan"]


def import_zhusuan():
    import tensorflow  # noqa: F401

    import zhusuan  # noqa: F401
    return Work(lambda: None)


def import_tensorflow():
    import tensorflow  # noqa: F401
    return Work(lambda: None)
