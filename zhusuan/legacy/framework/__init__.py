"""Classes of nodes of ZhuSuan 0.3."""
from zhusuan.legacy.framework import stochastic as _node_classes
from zhusuan.legacy.framework.stochastic import *

__all__ = _node_classes.__all__
