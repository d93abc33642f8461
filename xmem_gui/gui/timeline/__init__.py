"""The timeline: transport row, ruler, thumbnails, and a lane for each object."""

from xmem_gui.gui.timeline.panel import TimelinePanel

__all__ = ["TimelinePanel"]
