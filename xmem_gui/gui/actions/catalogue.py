"""Every action there is, as data: text, menu, default keys, icon, and when it can be done."""

from __future__ import annotations

import sys

from xmem_gui.gui.actions.registry import ActionSpec
from xmem_gui.gui.state.session import Session

MENUS = ("&File", "&Edit", "&View", "&Object", "&Mask", "&Go", "&Track", "&Window", "&Help")
"""The menu bar, from left to right; a spec names its menu without the ampersand.

A part such as ``-1`` in a spec's menu path is a section: a line stands above it."""

_BUSY = "Not available during a run. Press Esc to stop the run."

SHARING_KEYS = (frozenset({"prompts.clear", "propagate.cancel"}),)
"""Actions that may have the same key, for they can never be done at the same time."""


def is_open(session: Session) -> str:
    """Need a video."""
    return "" if session.annotator is not None else "Open a video first."


def editable(session: Session) -> str:
    """Need a document that may be changed."""
    if session.annotator is None:
        return is_open(session)
    return "This project is open read-only." if session.annotator.project.read_only else ""


def has_objects(session: Session) -> str:
    """Need an object, and a document that may be changed."""
    return editable(session) or ("" if session.objects else "Add an object first: press A.")


def has_selected(session: Session) -> str:
    """Need a selected object, and a document that may be changed."""
    return has_objects(session) or selected(session)


def selected(session: Session) -> str:
    """Need a selected object; the document may be one to look at only."""
    return is_open(session) or ("" if session.selected is not None else "Select an object first.")


def is_seen(session: Session) -> str:
    """Need a selected object with a mask on this frame."""
    there = session.selected in session.presence.ids
    return selected(session) or ("" if there else "The object has no mask on this frame.")


def idle(session: Session) -> str:
    """Need a video and no long job."""
    return is_open(session) or ("" if session.job is None else _BUSY)


def can_propagate(session: Session) -> str:
    """Need something to propagate, and no long job."""
    return has_objects(session) or idle(session)


def is_running(session: Session) -> str:
    """Need a long job."""
    return "" if session.job is not None else "Nothing is running."


def _several(session: Session) -> str:
    return editable(session) or ("" if len(session.objects) > 1 else "This needs at least two objects.")


def _can_reopen(session: Session) -> str:
    return editable(session) or idle(session)


def _can_undo(session: Session) -> str:
    return idle(session) or ("" if session.next_undo is not None else "There is nothing to undo.")


def _can_redo(session: Session) -> str:
    return idle(session) or ("" if session.next_redo is not None else "There is nothing to redo.")


def _has_number(session: Session, number: int) -> str:
    there = any(one.id == number for one in session.objects)
    return is_open(session) or ("" if there else f"There is no object {number}.")


def _has_marks(session: Session) -> str:
    return "" if session.marks != (None, None) else "No in or out point is set."


def _unlocked(session: Session) -> str:
    locked = any(one.locked for one in session.objects if one.id == session.selected)
    return has_selected(session) or ("This object is locked: unlock it first." if locked else "")


def _unlocked_and_idle(session: Session) -> str:
    return _unlocked(session) or idle(session)


def _can_paste(session: Session) -> str:
    if (missing := _unlocked(session)) or session.annotator is None:
        return missing
    if session.copied is None:
        return "Copy a mask first: press Ctrl+C."
    return session.copied.misfit((session.annotator.video.height, session.annotator.video.width))


def _over_range(session: Session) -> str:
    missing = "" if session.marks != (None, None) else "Set an in or out point first: press I or O."
    return _unlocked(session) or missing or idle(session)


_FILE = (
    ActionSpec("file.open", "Open &video…", "File", ("Ctrl+O",), "film", "Open a video file."),
    ActionSpec(
        "file.open_folder", "Open image &folder…", "File", ("Ctrl+Shift+O",), "images",
        "Open a folder of numbered images.",
    ),
    ActionSpec("file.open_project", "Open &project…", "File", ("Ctrl+Alt+O",), "project"),
    ActionSpec("file.sample", "Open the &sample", "File", icon="sample", tip="Try it on a short clip."),
    ActionSpec(
        "file.checkpoint", "&Make a checkpoint", "File/-1", ("Ctrl+S",), "save",
        "Your work is saved automatically. A checkpoint adds a backup that you can return to.", editable,
    ),
    ActionSpec(
        "file.save_as", "Save project &as…", "File/-1", ("Ctrl+Shift+S",),
        tip="Copy the project to another place and continue there.", when=idle,
    ),
    ActionSpec(
        "file.import", "&Import masks…", "File/-2", ("Ctrl+I",), "import",
        "Read masks from another program.", lambda s: editable(s) or idle(s),
    ),
    ActionSpec(
        "file.export", "&Export masks…", "File/-2", ("Ctrl+E",), "export",
        "Write masks for another program.", idle,
    ),
    ActionSpec(
        "file.batch", "&Batch…", "File/-2", icon="film",
        tip="Track many clips, one after the other, without opening them.",
    ),
    ActionSpec("file.models", "M&odels…", "File/-3", icon="chip", tip="View, download and choose models."),
    ActionSpec("file.settings", "Se&ttings…", "File/-3", ("Ctrl+,",), "settings"),
    ActionSpec("file.close", "&Close the project", "File/-4", ("Ctrl+W",), when=is_open),
    ActionSpec("file.quit", "&Quit", "File/-4", ("Ctrl+Q",)),
)  # fmt: skip

_EDIT = (
    ActionSpec("edit.undo", "&Undo", "Edit", ("Ctrl+Z",), "undo", when=_can_undo),
    ActionSpec("edit.redo", "&Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", when=_can_redo),
    ActionSpec("edit.history", "&History", "Edit", ("Ctrl+H",), "history", "All steps.", is_open),
    ActionSpec(
        "edit.palette", "&Find an action…", "Edit/-1", ("Ctrl+K",), "search",
        "Find any action by its name and run it.",
    ),
    ActionSpec("edit.shortcuts", "&Keyboard shortcuts…", "Edit/-1", icon="keyboard"),
)  # fmt: skip

_VIEW = (
    ActionSpec("view.overlay", "&Overlay", "View/Masks", icon="overlay", group="view", when=is_open),
    ActionSpec("view.outline", "Ou&tline", "View/Masks", icon="outline", group="view", when=is_open),
    ActionSpec("view.mask", "&Mask only", "View/Masks", icon="mask", group="view", when=is_open),
    ActionSpec("view.cutout", "&Cut-out", "View/Masks", icon="cutout", group="view", when=is_open),
    ActionSpec("view.faded", "&Faded background", "View/Masks", icon="faded", group="view", when=is_open),
    ActionSpec("view.image", "&Image only", "View/Masks", icon="image", group="view", when=is_open),
    ActionSpec("view.cycle", "&Next view", "View", ("V",), "eye", "Switch to the next view.", is_open),
    ActionSpec(
        "view.hide", "&Hide masks", "View", ("H",), "eye-off", when=is_open, checkable=True
    ),
    ActionSpec("view.opacity_up", "More o&paque", "View/-1", ("Ctrl+Up",), when=is_open),
    ActionSpec("view.opacity_down", "&Less opaque", "View/-1", ("Ctrl+Down",), when=is_open),
    ActionSpec("view.fit", "&Fit the window", "View/-2", ("Ctrl+0",), "fit", when=is_open),
    ActionSpec("view.actual", "&100 %", "View/-2", ("Ctrl+1",), "actual", when=is_open),
    ActionSpec(
        "view.object", "Zoom to the o&bject", "View/-2", ("Z",), "zoom-object",
        "Zoom to the object's mask. Press again to zoom back.", is_seen,
    ),
    ActionSpec("view.zoom_in", "Zoom &in", "View/-2", ("Ctrl++", "Ctrl+="), "zoom-in", when=is_open),
    ActionSpec("view.zoom_out", "Zoom o&ut", "View/-2", ("Ctrl+-",), "zoom-out", when=is_open),
    ActionSpec(
        "view.range", "&Display range…", "View/-3", tip="Choose which pixel values appear black and white.",
        when=_can_reopen,
    ),
)  # fmt: skip

_OBJECT = (
    ActionSpec("object.add", "&Add an object", "Object", ("A",), "add", when=editable),
    ActionSpec("object.rename", "&Rename…", "Object", ("F2",), "rename", when=has_selected),
    ActionSpec("object.colour", "&Colour…", "Object", icon="colour", when=has_selected),
    ActionSpec("object.delete", "&Delete", "Object", ("Shift+Del",), "trash", when=has_selected),
    ActionSpec(
        "object.delete_range", "Delete its masks over the &range", "Object", icon="trash-range",
        tip="Delete the object's masks from the in point to the out point.", when=has_selected,
    ),
    ActionSpec("object.merge", "&Merge with…", "Object/-1", icon="merge", when=_several),
    ActionSpec(
        "object.split", "S&plit from here", "Object/-1", icon="split",
        tip="Move the object's masks from this frame onward to a new object.", when=has_selected,
    ),
    ActionSpec("object.raise", "&Bring forward", "Object/-1", icon="raise", when=_several),
    ActionSpec("object.lower", "Send bac&kward", "Object/-1", icon="lower", when=_several),
    ActionSpec("object.visible", "&Show or hide", "Object/-2", ("Shift+H",), "eye", when=has_selected),
    ActionSpec("object.lock", "&Lock or unlock", "Object/-2", ("Shift+L",), "lock", when=has_selected),
    ActionSpec("object.solo", "S&how only this", "Object/-2", ("Shift+S",), "solo", when=has_selected),
    ActionSpec("object.next", "&Next object", "Object/-3", ("PgDown",), when=has_objects),
    ActionSpec("object.previous", "Pre&vious object", "Object/-3", ("PgUp",), when=has_objects),
)  # fmt: skip


def _object_keys(number: int) -> tuple[str, ...]:
    # On macOS "Meta" is the key that says Ctrl, and plain digits are left as they are everywhere.
    return (str(number), f"Meta+{number}") if sys.platform == "darwin" else (str(number),)


_NUMBERS = tuple(
    ActionSpec(
        f"object.select_{number}", f"Object &{number}", "Object/Select", _object_keys(number),
        when=lambda s, number=number: _has_number(s, number),  # type: ignore[misc]
    )
    for number in range(1, 10)
)  # fmt: skip

_TOOLS = (
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

_MASK = (
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
    ActionSpec("mask.copy", "Copy the m&ask", "Mask/-2", ("Ctrl+C",), when=has_selected),
    ActionSpec(
        "mask.paste", "Pas&te the mask", "Mask/-2", ("Ctrl+V",),
        tip="Give the selected object the copied mask on this frame.", when=_can_paste,
    ),
    ActionSpec(
        "mask.paste_range", "Paste o&ver the range", "Mask/-2", ("Ctrl+Shift+V",),
        tip="Paste the copied mask on every frame from the in point to the out point. Committed masks "
            "are kept.",
        when=lambda s: _can_paste(s) or _over_range(s),
    ),
    ActionSpec(
        "mask.absent", "&Not in this frame", "Mask/-3", ("U",),
        tip="Mark the object as not visible on this frame. Tracking takes that into account.", when=_unlocked,
    ),
    ActionSpec(
        "mask.absent_range", "Not in the &range", "Mask/-3", ("Shift+U",),
        tip="Mark the object as not visible from the in point to the out point. Committed masks are kept.",
        when=_over_range,
    ),
    ActionSpec(
        "mask.interpolate", "&Interpolate between key frames", "Mask/-3", ("Shift+I",),
        tip="Fill the frames between the two nearest key frames by changing one mask's shape into the "
            "other's.",
        when=_unlocked_and_idle,
    ),
    ActionSpec(
        "mask.interpolate_range", "Interp&olate over the range", "Mask/-3",
        tip="Fill the frames between all key frames from the in point to the out point.", when=_over_range,
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

_POINTER = (
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

_GO = (
    ActionSpec("go.next", "&Next frame", "Go", ("Right",), "next", when=is_open),
    ActionSpec("go.previous", "&Previous frame", "Go", ("Left",), "previous", when=is_open),
    ActionSpec("go.next_ten", "Ten frames &on", "Go", ("Shift+Right",), when=is_open),
    ActionSpec("go.previous_ten", "Ten frames &back", "Go", ("Shift+Left",), when=is_open),
    ActionSpec("go.first", "&First frame", "Go", ("Home",), "first", when=is_open),
    ActionSpec("go.last", "&Last frame", "Go", ("End",), "last", when=is_open),
    ActionSpec("go.frame", "&Go to frame…", "Go", ("Ctrl+G",), when=is_open),
    ActionSpec("go.next_key", "Next &key frame", "Go/-1", ("Ctrl+Right",), "next-key", when=is_open),
    ActionSpec(
        "go.previous_key", "Previous ke&y frame", "Go/-1", ("Ctrl+Left",), "previous-key", when=is_open
    ),
    ActionSpec("go.object_first", "F&irst frame of the object", "Go/-1", ("Ctrl+Home",), when=selected),
    ActionSpec("go.object_last", "L&ast frame of the object", "Go/-1", ("Ctrl+End",), when=selected),
    ActionSpec(
        "review.next", "Next to &review", "Go/-2", ("N",), "next-low", "Go to the next frame with low "
                                                                       "confidence.", is_open
    ),
    ActionSpec(
        "review.previous", "Previous to re&view", "Go/-2", ("Shift+N",), "previous-low",
        "Go to the previous frame with low confidence.", is_open,
    ),
    ActionSpec(
        "review.accept", "&Accept as it is", "Go/-2", ("Ctrl+Return",), "accept",
        "Mark this frame's masks as checked and correct.", has_objects,
    ),
    ActionSpec(
        "review.measure", "&Measure tracking…", "Go/-2", icon="review",
        tip="Track each object from its first committed mask only, and compare the result with your "
            "other committed masks.",
        when=has_objects,
    ),
    ActionSpec("play.forward", "Pl&ay", "Go/Play", ("Space",), "play", when=is_open, checkable=True),
    ActionSpec(
        "play.backward", "Play &backward", "Go/Play", ("Shift+Space",), "play-back", when=is_open,
        checkable=True,
    ),
    ActionSpec("play.loop", "&Loop over the range", "Go/Play", icon="loop", when=is_open, checkable=True),
    ActionSpec("play.quarter", "¼ speed", "Go/Play/Speed", group="speed", when=is_open),
    ActionSpec("play.half", "½ speed", "Go/Play/Speed", group="speed", when=is_open),
    ActionSpec("play.normal", "Normal speed", "Go/Play/Speed", group="speed", when=is_open),
    ActionSpec("play.double", "Double speed", "Go/Play/Speed", group="speed", when=is_open),
    ActionSpec("timeline.zoom_in", "Zoom &in", "Go/Timeline", ("Alt+=", "Alt++"), "zoom-in", when=is_open),
    ActionSpec("timeline.zoom_out", "Zoom &out", "Go/Timeline", ("Alt+-",), "zoom-out", when=is_open),
    ActionSpec("timeline.fit", "Show the whole &video", "Go/Timeline", ("Shift+Z",), "fit", when=is_open),
    ActionSpec("range.in", "Set the &in point", "Go/-3", ("I",), "mark-in", when=is_open),
    ActionSpec("range.out", "Set the &out point", "Go/-3", ("O",), "mark-out", when=is_open),
    ActionSpec("range.clear", "&Clear in and out", "Go/-3", ("Alt+X",), when=_has_marks),
)  # fmt: skip

_PROPAGATE = (
    ActionSpec(
        "propagate.forward", "Track &forward", "Track", ("F",), "propagate-forward",
        "Track all objects forward from this frame.", can_propagate,
    ),
    ActionSpec(
        "propagate.backward", "Track &backward", "Track", ("B",), "propagate-backward",
        "Track all objects backward from this frame.", can_propagate,
    ),
    ActionSpec(
        "propagate.both", "Track b&oth ways", "Track", ("Shift+F",), "propagate-both",
        "Track all objects from this frame in both directions.", can_propagate,
    ),
    ActionSpec(
        "propagate.next_key", "Track to the &next key frame", "Track", ("Ctrl+F",), "propagate-key",
        "Track all objects up to the next committed frame.", can_propagate,
    ),
    ActionSpec(
        "propagate.range", "Track over the &range", "Track", ("Ctrl+Shift+F",), "propagate-range",
        "Track all objects from the in point to the out point.", can_propagate,
    ),
    ActionSpec(
        "propagate.count", "&Track some frames…", "Track", ("Ctrl+T",), "propagate-count",
        "Track all objects for a number of frames, forward or backward.", can_propagate,
    ),
    ActionSpec(
        "propagate.resume", "&Continue where it stopped", "Track", ("Ctrl+Alt+F",), "resume",
        "Continue a run that was stopped. The result is the same as without the stop.", can_propagate,
    ),
    *(
        ActionSpec(
            f"propagate.one_{way}", f"Track only this object {text}", "Track/One", (), f"propagate-{way}",
            "The other objects' masks are kept.", _unlocked_and_idle,
        )
        for way, text in (("forward", "&forward"), ("backward", "&backward"), ("both", "b&oth ways"))
    ),
    ActionSpec(
        "propagate.only_selected", "Only the &selected object", "Track/-1",
        tip="The other objects' masks are kept.", when=has_objects, checkable=True,
    ),
    ActionSpec(
        "propagate.keep_soft", "Keep soft &edges", "Track/-1",
        tip="Keep how likely each pixel is the object's, for exports with soft edges. This takes disk space.",
        when=has_objects, checkable=True,
    ),
    ActionSpec(
        "propagate.follow", "Show each frame as it is do&ne", "Track/-1", icon="follow",
        tip="The view follows the run until you move to another frame.", when=is_open,
        checkable=True,
    ),
    ActionSpec(
        "propagate.clear_temporary", "Clear &temporary memory", "Track/-2", icon="memory-clear",
        tip="Forget what tracking has learned on its own. Committed frames stay in memory.", when=idle,
    ),
    ActionSpec(
        "propagate.cancel", "&Stop", "Track/-3", ("Esc",), "stop",
        "Stop the run. Finished frames are kept.", is_running,
    ),
)  # fmt: skip

_WINDOW = (
    ActionSpec("window.objects", "&Objects", "Window", icon="objects", checkable=True),
    ActionSpec("window.review", "&Review", "Window", icon="review", checkable=True),
    ActionSpec("window.memory", "&Memory", "Window", icon="memory", checkable=True),
    ActionSpec("window.history", "&History", "Window", icon="history", checkable=True),
    ActionSpec("window.timeline", "&Timeline", "Window", icon="timeline", checkable=True),
    ActionSpec("window.reset", "Reset the &layout", "Window/-1"),
    ActionSpec("window.full_screen", "&Full screen", "Window/-1", ("F11",), checkable=True),
    ActionSpec("theme.system", "As the &system", "Window/Theme", group="theme"),
    ActionSpec("theme.light", "&Light", "Window/Theme", group="theme"),
    ActionSpec("theme.dark", "&Dark", "Window/Theme", group="theme"),
    ActionSpec("theme.contrast", "&High contrast", "Window/Theme", group="theme"),
)  # fmt: skip

_HELP = (
    ActionSpec("help.guide", "&Guide", "Help", icon="guide", tip="Read and search the user guide."),
    ActionSpec(
        "help.here", "Help on what is under the &pointer", "Help", ("F1",),
        tip="Open the guide at the page that explains it.",
    ),
    ActionSpec("help.shortcuts", "&Keyboard shortcuts", "Help", ("Ctrl+F1",), "keyboard"),
    ActionSpec("help.hints", "Show the &hints again", "Help", icon="hint", when=is_open),
    ActionSpec(
        "help.diagnostics", "&Copy diagnostics", "Help/-1",
        tip="Copy details for a bug report to the clipboard.",
    ),
    ActionSpec("help.log", "Show the &log folder", "Help/-1"),
    ActionSpec("help.about", "&About", "Help/-2", icon="info"),
)  # fmt: skip

CATALOGUE: tuple[ActionSpec, ...] = (
    *_FILE, *_EDIT, *_VIEW, *_OBJECT, *_NUMBERS, *_TOOLS, *_MASK, *_POINTER, *_GO, *_PROPAGATE, *_WINDOW,
    *_HELP,
)  # fmt: skip


def tools() -> list[str]:
    """Return the ids of the tools, in the order of the tool bar."""
    return [spec.id for spec in _TOOLS]
