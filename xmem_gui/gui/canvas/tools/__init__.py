"""The tools: each turns what a hand does into prompts or edits."""

from __future__ import annotations

from xmem_gui.gui.canvas.desk import Desk
from xmem_gui.gui.canvas.prompter import Prompter
from xmem_gui.gui.canvas.tools.base import IdleTool, Pointer, Tool
from xmem_gui.gui.canvas.tools.brush import BrushTool
from xmem_gui.gui.canvas.tools.polygon import FillTool, LassoTool, PolygonTool
from xmem_gui.gui.canvas.tools.prompts import BoxTool, ClickTool, ScribbleTool

__all__ = [
    "BoxTool",
    "BrushTool",
    "ClickTool",
    "FillTool",
    "IdleTool",
    "LassoTool",
    "Pointer",
    "PolygonTool",
    "ScribbleTool",
    "Tool",
    "make_tools",
]


def make_tools(desk: Desk, prompter: Prompter) -> dict[str, Tool]:
    """Return the tools by the ids of their actions."""
    made: list[Tool] = [
        ClickTool(desk, prompter), BoxTool(desk, prompter), ScribbleTool(desk, prompter), BrushTool(desk),
        BrushTool(desk, erase=True), PolygonTool(desk), LassoTool(desk), FillTool(desk),
    ]  # fmt: skip
    return {tool.id: tool for tool in made}
