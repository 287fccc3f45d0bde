"""What programs written for ZhuSuan 0.3 use; each use warns what replaces it."""
from zhusuan.legacy import distributions, framework
from zhusuan.legacy.framework import stochastic as _node_classes
from zhusuan.legacy.framework.stochastic import *

__all__ = ["distributions", "framework"] + _node_classes.__all__
