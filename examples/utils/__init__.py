"""What the example scripts share: data, pictures, metrics, checkpoints.

A script finds it from any working directory with::

    import os
    import sys
    sys.path.insert(0, os.path.abspath(os.path.join(
        os.path.dirname(__file__), "..", "..")))
    from examples.utils import dataset
"""
