"""The first frame is shown before torch is imported, which takes seconds."""

import os
import subprocess
import sys

_BEGIN = """
import sys
from pathlib import Path

sys.modules["torch"] = None  # importing it fails
place = Path(sys.argv[1])
"""
_DRAW = """
import numpy as np
from xmem_gui.annotator import Annotator, Propagation

with Annotator.open(place) as annotator:
    rabbit = annotator.add_object("rabbit").id
    annotator.set_mask(2, rabbit, np.ones((annotator.video.height, annotator.video.width), bool))
    annotator.undo()
    annotator.redo()
    assert [one.frame for one in annotator.memory_report().permanent_frames] == [2]
    annotator.suggestions()
    assert annotator.plan(Propagation("both")).steps > 0
"""
_LOOK = """
from PySide6.QtCore import QEventLoop, QTimer
from xmem_gui.gui.app import make_application, make_window
from xmem_gui.gui.state.preferences import Preferences

window, session = make_window(make_application(), Preferences(place.parent / "settings"))
loop, said, shown, ended = QEventLoop(), [], [], []

def wait(condition):
    while not condition():
        QTimer.singleShot(5, loop.quit)
        loop.exec()

def begin():
    window.workspace.canvas.view.shown.connect(shown.append)
    session.open(place)

session.notice.connect(said.append)
window.ready.connect(begin)
window.show()
lanes = session.clicks, session.looking, session.engine, session.documents
wait(lambda: said or shown and all(one.is_idle for one in lanes) and not session.telling)
assert not said, said
assert len(session.objects) == 1
session.shut_down(ended.append)
wait(lambda: ended)
window.context.frames.stop()
"""


def test_a_video_is_opened_and_its_first_frame_shown_without_torch(clip, tmp_path):
    homes = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    command = [sys.executable, "-W", "error", "-c", _BEGIN + _DRAW + _LOOK, str(clip)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **homes}, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
