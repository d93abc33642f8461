"""The four feature memories - sensory, working, long-term, permanent - and how they are read."""

from typing import TYPE_CHECKING

from xmem_gui.lazily import lazily
from xmem_gui.memory.config import MemoryConfig

if TYPE_CHECKING:
    from xmem_gui.memory.features import FeatureMemory
    from xmem_gui.memory.figures import TierFigures, TierSizes
else:
    __getattr__ = lazily(
        __name__, {"FeatureMemory": "features", "TierFigures": "figures", "TierSizes": "figures"}
    )

__all__ = ["FeatureMemory", "MemoryConfig", "TierFigures", "TierSizes"]
