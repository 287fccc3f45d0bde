"""Parametrization of tests by the names of posteriors."""
import pytest

NO_DATA = pytest.param("", marks=pytest.mark.skip(
    reason="ZHUSUAN_TEST_DATA does not name a folder with data sets"))


def every(names):
    """Parametrize a test by `names`; skip it where there are no data, and so no names.

    :param names: A list of names of posteriors.
    """
    return pytest.mark.parametrize("name", names or [NO_DATA])
