"""The four feature memories - sensory, working, long-term, permanent - and how they are read."""

from xmem_gui.memory.config import MemoryConfig
from xmem_gui.memory.features import FeatureMemory, TierFigures, TierSizes
from xmem_gui.memory.similarity import similarity

__all__ = ["FeatureMemory", "MemoryConfig", "TierFigures", "TierSizes", "similarity"]
