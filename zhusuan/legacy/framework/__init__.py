"""Nodes by classes, as ZhuSuan 0.3 has them."""
from zhusuan.legacy.framework import stochastic as _node_classes
from zhusuan.legacy.framework.stochastic import *

__all__ = _node_classes.__all__
