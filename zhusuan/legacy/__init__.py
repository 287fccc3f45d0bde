"""Names of ZhuSuan 0.3; each use warns and names the replacement."""
from zhusuan.legacy import _helpers, distributions, framework
from zhusuan.legacy.framework import stochastic as _node_classes
from zhusuan.legacy.framework.stochastic import *

__all__ = ["distributions", "framework"] + _node_classes.__all__
