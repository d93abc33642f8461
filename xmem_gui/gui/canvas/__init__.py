"""The canvas: frames with their masks, and the tools that work on them."""

from xmem_gui.gui.canvas.panel import CanvasPanel

__all__ = ["CanvasPanel"]
