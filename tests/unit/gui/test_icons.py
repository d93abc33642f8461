"""Icons are drawn in the sizes that a screen can show, and again when a screen of another scale comes."""

from types import SimpleNamespace

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from xmem_gui.gui.theme import Theme, icon


@pytest.mark.parametrize(("scales", "largest"), [((1.0,), 24), ((1.0, 1.5), 32), ((2.0,), 48), ((), 24)])
def test_icons_have_the_sizes_of_the_finest_screen(qtbot, monkeypatch, scales, largest) -> None:
    screens = [SimpleNamespace(devicePixelRatio=lambda scale=scale: scale) for scale in scales]
    monkeypatch.setattr(QGuiApplication, "screens", lambda: screens)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        assert max(size.width() for size in icon("guide").availableSizes(mode)) == largest


def test_a_screen_that_comes_has_icons_drawn_again(qtbot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme(application, "light")
    with qtbot.waitSignal(theme.changed, timeout=180_000):
        application.screenAdded.emit(application.primaryScreen())
