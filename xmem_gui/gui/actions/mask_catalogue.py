"""The actions of the menu Mask: the tools, what is done to a mask, and pointing by keys."""

from __future__ import annotations

from xmem_gui.gui.actions.conditions import (
    can_paste,
    editable,
    has_objects,
    has_range,
    has_selected,
    idle,
    is_open,
    is_unlocked,
    is_unlocked_and_idle,
)
from xmem_gui.gui.actions.registry import ActionSpec

TOOLS = (
    ActionSpec(
        "tool.click", "&Click", "Mask/Tool", ("C",), "tool-click",
        "Left-click adds, right-click or Alt removes. Hover to preview a click.", editable, "tool",
    ),
    ActionSpec(
        "tool.box", "Bo&x", "Mask/Tool", ("R",), "tool-box", "Draw a box around the object.", editable, "tool"
    ),
    ActionSpec(
        "tool.scribble", "&Scribble", "Mask/Tool", ("S",), "tool-scribble",
        "Drag with the left button to add, with the right button to remove.", editable, "tool",
    ),
    ActionSpec("tool.brush", "&Brush", "Mask/Tool", ("D",), "tool-brush", "Paint.", editable, "tool"),
    ActionSpec("tool.eraser", "&Eraser", "Mask/Tool", ("E",), "tool-eraser", "Erase.", editable, "tool"),
    ActionSpec(
        "tool.polygon", "&Polygon", "Mask/Tool", ("P",), "tool-polygon",
        "Click the corners and press Enter to close the shape. Alt removes.", editable, "tool",
    ),
    ActionSpec(
        "tool.lasso", "&Lasso", "Mask/Tool", ("L",), "tool-lasso",
        "Draw around the area to add. Alt removes.", editable, "tool",
    ),
    ActionSpec(
        "tool.fill", "&Flood fill", "Mask/Tool", ("K",), "tool-fill",
        "Add the connected area that looks like the place you click. Alt removes.", editable, "tool",
    ),
)  # fmt: skip

MASK = (
    ActionSpec(
        "prompts.accept", "&Accept", "Mask", ("Return", "Enter"), "accept",
        "Keep the mask, commit it, and clear the prompts from view.", has_selected,
    ),
    ActionSpec(
        "prompts.clear", "C&lear the prompts", "Mask", ("Esc",), "clear",
        "Remove the prompts on this frame and restore the mask from before them.", idle,
    ),
    ActionSpec(
        "prompts.again", "Redo from &all prompts", "Mask", ("Shift+Return",), "redo",
        "Find the object again from all prompts together, not only near the newest one.", has_selected,
    ),
    ActionSpec(
        "prompts.models", "Click &models…", "Mask", icon="chip",
        tip="View, download and choose the models that turn clicks into masks.",
    ),
    ActionSpec("brush.smaller", "Smaller brush", "Mask/-1", ("[",), when=is_open),
    ActionSpec("brush.larger", "Larger brush", "Mask/-1", ("]",), when=is_open),
    ActionSpec("mask.fill_holes", "&Fill holes", "Mask/Repair", icon="fill", when=has_selected),
    ActionSpec(
        "mask.remove_islands", "&Remove islands…", "Mask/Repair", icon="islands", when=has_selected
    ),
    ActionSpec("mask.largest", "Keep the &largest part", "Mask/Repair", icon="largest", when=has_selected),
    ActionSpec("mask.grow", "&Grow", "Mask/Repair", ("Ctrl+]",), "grow", when=has_selected),
    ActionSpec("mask.shrink", "&Shrink", "Mask/Repair", ("Ctrl+[",), "shrink", when=has_selected),
    ActionSpec("mask.smooth", "S&mooth", "Mask/Repair", icon="smooth", when=has_selected),
    ActionSpec(
        "mask.snap", "Snap to &edges", "Mask/Repair", ("G",), "snap",
        "Move the outline to nearby edges in the picture.", has_selected,
    ),
    ActionSpec(
        "mask.copy_previous", "Copy from the &previous frame", "Mask/-2", ("Ctrl+Shift+Left",),
        when=has_selected,
    ),
    ActionSpec(
        "mask.copy_next", "Copy from the &next frame", "Mask/-2", ("Ctrl+Shift+Right",),
        when=has_selected,
    ),
    ActionSpec(
        "mask.restore", "Restore the masks from &before", "Mask/-2", ("Shift+Y",),
        tip="Give this frame's masks back what they were before the last run or edit that changed them.",
        when=has_objects,
    ),
    ActionSpec("mask.copy", "Copy the m&ask", "Mask/-2", ("Ctrl+C",), when=has_selected),
    ActionSpec(
        "mask.paste", "Pas&te the mask", "Mask/-2", ("Ctrl+V",),
        tip="Give the selected object the copied mask on this frame.", when=can_paste,
    ),
    ActionSpec(
        "mask.paste_range", "Paste o&ver the range", "Mask/-2", ("Ctrl+Shift+V",),
        tip="Paste the copied mask on every frame from the in point to the out point. Committed masks "
            "are kept.",
        when=lambda s: can_paste(s) or has_range(s),
    ),
    ActionSpec(
        "mask.absent", "&Not in this frame", "Mask/-3", ("U",),
        tip="Mark the object as not visible on this frame. Tracking takes that into account.",
        when=is_unlocked,
    ),
    ActionSpec(
        "mask.absent_range", "Not in the &range", "Mask/-3", ("Shift+U",),
        tip="Mark the object as not visible from the in point to the out point. Committed masks are kept.",
        when=has_range,
    ),
    ActionSpec(
        "mask.interpolate", "&Interpolate between key frames", "Mask/-3", ("Shift+I",),
        tip="Fill the frames between the two nearest key frames by changing one mask's shape into the "
            "other's.",
        when=is_unlocked_and_idle,
    ),
    ActionSpec(
        "mask.interpolate_range", "Interp&olate over the range", "Mask/-3",
        tip="Fill the frames between all key frames from the in point to the out point.", when=has_range,
    ),
    ActionSpec("mask.clear", "&Clear the mask", "Mask/-3", ("Del", "Backspace"), "trash", when=has_selected),
    ActionSpec(
        "frame.commit", "Co&mmit the frame", "Mask/-4", ("Q",), "commit",
        "Keep this frame's masks exactly as they are. Tracking uses them as examples.", has_objects,
    ),
    ActionSpec(
        "frame.uncommit", "&Uncommit the frame", "Mask/-4", ("Shift+Q",), "uncommit", when=has_objects
    ),
)  # fmt: skip

POINTER = (
    *(
        ActionSpec(f"pointer.{way}", f"Pointer {way}", "Mask/Pointer", (f"Alt+{way.title()}",), when=is_open)
        for way in ("left", "right", "up", "down")
    ),
    *(
        ActionSpec(
            f"pointer.{way}_fine", f"Pointer {way} by one pixel", "Mask/Pointer/-1",
            (f"Alt+Shift+{way.title()}",), when=is_open,
        )
        for way in ("left", "right", "up", "down")
    ),
    ActionSpec(
        "pointer.press", "&Click at the pointer", "Mask/Pointer/-2", ("Alt+Return",),
        tip="Left-click at the keyboard pointer.", when=is_open,
    ),
    ActionSpec(
        "pointer.press_right", "Click to &remove", "Mask/Pointer/-2", ("Alt+Shift+Return",),
        tip="Right-click at the keyboard pointer.", when=is_open,
    ),
    ActionSpec(
        "pointer.hold", "&Hold the button, or let it go", "Mask/Pointer/-2", ("Alt+.",),
        tip="While the button is held, moving the pointer draws.", when=is_open,
    ),
)  # fmt: skip
