"""Start the window."""

from __future__ import annotations

import signal
import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from xmem_gui import __version__
from xmem_gui.collector import Loading
from xmem_gui.folders import logs_folder
from xmem_gui.gui import theme
from xmem_gui.gui.context import make_context
from xmem_gui.gui.shell.diagnostics import Catcher, start_log
from xmem_gui.gui.shell.start import WindowStart
from xmem_gui.gui.shell.window import MainWindow
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.quick_imports import keep_imports_quick
from xmem_gui.gui.state.session import Session


def make_application() -> QApplication:
    """Return the application, named."""
    keep_imports_quick()
    QApplication.setApplicationName("xmem-gui")
    QApplication.setApplicationDisplayName("XMem GUI")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("xmem-gui")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setWindowIcon(theme.application_icon())
    # No translation of Qt's own words: a window that is half German and half English is neither.
    return application


def make_window(application: QApplication, preferences: Preferences) -> tuple[MainWindow, Session]:
    """Return the window, not shown yet, and its session."""
    look = theme.Theme(application, preferences.values.theme)
    context = make_context(preferences)
    return MainWindow(context, look), context.session


def run(start: WindowStart, loading: Loading) -> int:
    """Show the window until it is closed; return the exit code.

    Parameters
    ----------
    start
        What the window opens and which settings it begins with.
    loading
        What ends when the window is made: it stays as long as the process.
    """
    start_log(logs_folder())
    application = make_application()
    window, session = make_window(application, Preferences())
    catcher = Catcher(session)
    _let_ctrl_c(window, application)
    window.ready.connect(loading.end)
    window.ready.connect(lambda: begin(window, start))
    window.gone.connect(application.quit)
    application.setQuitOnLastWindowClosed(False)
    window.show()
    code = application.exec()
    catcher.release()
    return code


def begin(window: MainWindow, start: WindowStart) -> None:
    """Open what the window begins with, once it is ready."""
    then = start.then
    if then is not None:
        # After the window's own parts, which set what computes as the preferences say.
        window.session.opened.connect(lambda: then(window.session))
    if start.sample:
        window.openers.open_sample()
    elif start.path is not None:
        window.openers.open(start.path, project=start.project, look_only=start.look_only)


def _let_ctrl_c(window: MainWindow, application: QApplication) -> None:
    """Let Ctrl-C in a terminal close the window as its button does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    # Python sees signals only while it runs.
    timer = QTimer(application, interval=200)
    timer.timeout.connect(lambda: None)
    timer.start()
