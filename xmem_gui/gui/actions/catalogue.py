"""Every action there is, as data: text, menu, default keys, icon, and when it can be done."""

from __future__ import annotations

import sys

from xmem_gui.gui.actions.conditions import (
    can_propagate,
    can_redo,
    can_reopen,
    can_track_chosen,
    can_undo,
    editable,
    has_marks,
    has_number,
    has_objects,
    has_selected,
    has_several,
    idle,
    is_open,
    is_running,
    is_seen,
    selected,
)
from xmem_gui.gui.actions.mask_catalogue import MASK, POINTER, TOOLS
from xmem_gui.gui.actions.registry import ActionSpec

MENUS = ("&File", "&Edit", "&View", "&Object", "&Mask", "&Go", "&Track", "&Window", "&Help")
"""The menu bar, from left to right; a spec names its menu without the ampersand.

A part such as ``-1`` in a spec's menu path is a section: a line stands above it."""

SHARING_KEYS = (frozenset({"prompts.clear", "propagate.cancel"}),)
"""Actions that may have the same key, for they can never be done at the same time."""

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
    ActionSpec("edit.undo", "&Undo", "Edit", ("Ctrl+Z",), "undo", when=can_undo),
    ActionSpec("edit.redo", "&Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", when=can_redo),
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
    ActionSpec(
        "view.matte", "&Soft matte", "View/Masks", icon="matte",
        tip="Show only the selected object, with the soft edge that exports of mattes have.",
        group="view", when=is_open,
    ),
    ActionSpec("view.faded", "&Faded background", "View/Masks", icon="faded", group="view", when=is_open),
    ActionSpec("view.image", "&Image only", "View/Masks", icon="image", group="view", when=is_open),
    ActionSpec("view.cycle", "&Next view", "View", ("V",), "eye", "Switch to the next view.", is_open),
    ActionSpec(
        "view.hide", "&Hide masks", "View", ("H",), "eye-off", when=is_open, checkable=True
    ),
    ActionSpec(
        "view.before", "Masks before the last chan&ge", "View", ("Y",), "history",
        "Show this frame's masks as they were before the last run or edit that changed them. Hold the key.",
        is_open, checkable=True, held=True,
    ),
    ActionSpec(
        "view.matte_edge", "Edge of the soft ma&tte…", "View",
        tip="Feather, choke and refine the edge of soft mattes, on the canvas and in exports.", when=is_open,
    ),
    ActionSpec("view.opacity_up", "More o&paque", "View/-1", ("Ctrl+Up",), when=is_open),
    ActionSpec("view.opacity_down", "&Less opaque", "View/-1", ("Ctrl+Down",), when=is_open),
    ActionSpec(
        "view.onion", "Onion &skin", "View/-2", ("Shift+O",), "onion",
        "Show the selected object's outlines on the previous and the next frame.", is_open, checkable=True,
    ),
    ActionSpec(
        "view.onion_keys", "Onion skin of &key frames", "View/-2",
        tip="Show the outlines on the nearest key frames instead of on the frames beside this one.",
        when=is_open, checkable=True,
    ),
    ActionSpec(
        "view.loupe", "Loup&e while painting", "View/-2", ("M",), "loupe",
        "Magnify what is under the pointer in a corner of the picture, while a painting tool is in hand.",
        is_open, checkable=True,
    ),
    ActionSpec("view.fit", "&Fit the window", "View/-3", ("Ctrl+0",), "fit", when=is_open),
    ActionSpec("view.actual", "&100 %", "View/-3", ("Ctrl+1",), "actual", when=is_open),
    ActionSpec(
        "view.object", "Zoom to the o&bject", "View/-3", ("Z",), "zoom-object",
        "Zoom to the object's mask. Press again to zoom back.", is_seen,
    ),
    ActionSpec("view.zoom_in", "Zoom &in", "View/-3", ("Ctrl++", "Ctrl+="), "zoom-in", when=is_open),
    ActionSpec("view.zoom_out", "Zoom o&ut", "View/-3", ("Ctrl+-",), "zoom-out", when=is_open),
    ActionSpec(
        "view.range", "&Display range…", "View/-4", tip="Choose which pixel values appear black and white.",
        when=can_reopen,
    ),
)  # fmt: skip

_OBJECT = (
    ActionSpec("object.add", "&Add an object", "Object", ("A",), "add", when=editable),
    ActionSpec("object.rename", "&Rename…", "Object", ("F2",), "rename", when=has_selected),
    ActionSpec("object.colour", "&Colour…", "Object", icon="colour", when=has_selected),
    ActionSpec(
        "object.class", "Cl&ass…", "Object", ("Shift+C",), "class",
        "Say what kind of thing the object is; exports with categories write it.", has_selected,
    ),
    ActionSpec("object.delete", "&Delete", "Object", ("Shift+Del",), "trash", when=has_selected),
    ActionSpec(
        "object.delete_range", "Delete its masks over the &range", "Object", icon="trash-range",
        tip="Delete the object's masks from the in point to the out point.", when=has_selected,
    ),
    ActionSpec("object.merge", "&Merge with…", "Object/-1", icon="merge", when=has_several),
    ActionSpec(
        "object.split", "S&plit from here", "Object/-1", icon="split",
        tip="Move the object's masks from this frame onward to a new object.", when=has_selected,
    ),
    ActionSpec("object.raise", "&Bring forward", "Object/-1", icon="raise", when=has_several),
    ActionSpec("object.lower", "Send bac&kward", "Object/-1", icon="lower", when=has_several),
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
        when=lambda s, number=number: has_number(s, number),  # type: ignore[misc]
    )
    for number in range(1, 10)
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
    ActionSpec("range.clear", "&Clear in and out", "Go/-3", ("Alt+X",), when=has_marks),
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
            "The other objects' masks are kept.", can_track_chosen,
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
    *_FILE, *_EDIT, *_VIEW, *_OBJECT, *_NUMBERS, *TOOLS, *MASK, *POINTER, *_GO, *_PROPAGATE, *_WINDOW,
    *_HELP,
)  # fmt: skip


def tools() -> list[str]:
    """Return the ids of the tools, in the order of the tool bar."""
    return [spec.id for spec in TOOLS]
