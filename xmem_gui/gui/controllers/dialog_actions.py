"""The actions that open a dialog; its code is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QCursor, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QToolButton, QWidget

from xmem_gui.gui.context import Context

if TYPE_CHECKING:
    from xmem_gui.gui.dialogs.batch_runner import BatchRunner
    from xmem_gui.gui.dialogs.command_palette import CommandPalette
    from xmem_gui.gui.dialogs.guide import GuideWindow
    from xmem_gui.gui.dialogs.model_jobs import ModelJobs


_TITLE_BAR = 40
"""Pixels that a window's frame takes above a dialog, at most."""


class DialogActions(QObject):
    """Binds them.

    Parameters
    ----------
    context
        What the dialogs work on.
    window
        The window that the dialogs belong to.
    open_path
        Opens a video, a folder or a project that was chosen in a dialog.
    """

    def __init__(self, context: Context, window: QWidget, *, open_path: Callable[[Path], object]) -> None:
        super().__init__(window)
        self._context, self._window, self._open_path = context, window, open_path
        self._palette: CommandPalette | None = None
        self._jobs: ModelJobs | None = None
        self._models_shown = False
        self._runner: BatchRunner | None = None
        self._batch_shown = False
        for name, slot in {
            "edit.palette": self._find,
            "edit.shortcuts": self._shortcuts,
            "help.shortcuts": self._shortcuts,
            "file.settings": self._settings,
            "file.export": self._export,
            "file.import": self._import,
            "file.models": self._models,
            "prompts.models": lambda: self._models(clicks_first=True),
            "file.batch": self._batch,
            "view.range": self._display_range,
            "view.matte_edge": self._matte_edge,
            "review.measure": self._measure,
            "help.guide": self._guide,
            "help.here": self.help_here,
            "help.about": self._about,
        }.items():
            context.actions.bind(name, slot)

    @property
    def busy(self) -> list[str]:
        """What goes on though its dialog may be closed, and would end with the program; in sentences."""
        said = []
        if self._runner is not None and self._runner.is_running:
            said.append(self.tr("A batch is still running. Finished clips are kept."))
        if self._jobs is not None and self._jobs.running:
            said.append(self.tr("A model is still being fetched or read. What has come of it is kept."))
        return said

    def _find(self) -> None:
        from xmem_gui.gui.dialogs.command_palette import CommandPalette

        if self._palette is None:
            self._palette = CommandPalette(self._context, self._open_path, self._window)
        self._palette.open_over(self._window)

    def _shortcuts(self) -> None:
        from xmem_gui.gui.shortcuts import ShortcutEditor

        self._show(ShortcutEditor(self._context, self._window))

    def _settings(self) -> None:
        from xmem_gui.gui.dialogs.settings import SettingsDialog

        self._show(SettingsDialog(self._context, self._window))

    def _export(self) -> None:
        from xmem_gui.gui.dialogs import ExportDialog

        self._show(ExportDialog(self._context, self._window))

    def _import(self) -> None:
        from xmem_gui.gui.dialogs import ImportDialog

        self._show(ImportDialog(self._context, self._window))

    def _display_range(self) -> None:
        from xmem_gui.gui.dialogs.display_range import ask_display_range

        dialog = ask_display_range(self._context.session, self._window)
        if dialog is not None:
            self._show(dialog)

    def _matte_edge(self) -> None:
        from xmem_gui.gui.dialogs.matte_edge import MatteEdgeDialog

        shown = self._window.findChild(MatteEdgeDialog)
        if isinstance(shown, MatteEdgeDialog):
            shown.activateWindow()
            return
        dialog = MatteEdgeDialog(self._context, self._window)
        self._prepare(dialog)
        dialog.show()
        # Beside what is looked at meanwhile, and not in the way of the work on it; how wide it is with the
        # theme's margins is known now.
        left = self._window.width() - dialog.width() - 24
        dialog.move(self._window.mapToGlobal(QPoint(left, 64)))

    def _measure(self) -> None:
        from xmem_gui.gui.dialogs.measuring import measure

        measure(self._context.session, self._window)

    def _models(self, *, clicks_first: bool = False) -> None:
        from xmem_gui.gui.dialogs import ModelsDialog
        from xmem_gui.gui.dialogs.first_looks import FirstLooks
        from xmem_gui.gui.dialogs.model_jobs import ModelJobs

        if self._jobs is None:
            # Not the dialog's: a download goes on when it is closed.
            self._jobs = ModelJobs(self)
            self._jobs.ended.connect(self._on_model_job)
        self._models_shown = True
        looks = FirstLooks.of(self._context.session)
        dialog = ModelsDialog(
            self._context.preferences, self._jobs, self._window, looks=looks, clicks_first=clicks_first
        )
        dialog.finished.connect(self._on_models_closed)
        self._show(dialog)

    def _on_models_closed(self) -> None:
        self._models_shown = False

    def _on_model_job(self, _: str, text: str, bad: bool) -> None:
        """Say what has become of a job whose dialog is closed."""
        if text and not self._models_shown:
            self._context.session.say(text, "warning" if bad else "info")

    def _batch(self) -> None:
        from xmem_gui.gui.controllers.engine_choice import chosen_settings
        from xmem_gui.gui.dialogs.batch import BatchDialog
        from xmem_gui.gui.dialogs.batch_runner import BatchRunner

        preferences = self._context.preferences
        if self._runner is None:
            # Not the dialog's: a batch goes on when it is closed.
            self._runner = BatchRunner(lambda: chosen_settings(preferences.values), parent=self)
            self._runner.said.connect(self._on_batch)
            application = QCoreApplication.instance()
            if application is not None:
                application.aboutToQuit.connect(self._runner.stop)
        self._batch_shown = True
        dialog = BatchDialog(preferences, self._runner, self._open_path, self._window)
        dialog.finished.connect(self._on_batch_closed)
        self._show(dialog)

    def _on_batch_closed(self) -> None:
        self._batch_shown = False

    def _on_batch(self, text: str, bad: bool) -> None:
        """Say how a batch has ended whose dialog is closed."""
        if text and not self._batch_shown:
            self._context.session.say(text, "warning" if bad else "info")

    def help_here(self, widget: QWidget | None = None) -> None:
        """Show what the guide says of a part of the window; by default, of what is under the pointer."""
        page, heading = _topic_of(widget or QApplication.widgetAt(QCursor.pos()))
        self._guide().show_part(page, heading)

    def _guide(self) -> GuideWindow:
        from xmem_gui.gui.dialogs.guide import GuideWindow, contents

        shown = self._window.findChild(GuideWindow)
        guide = shown if isinstance(shown, GuideWindow) else GuideWindow(contents(), self._window)
        # It does not stand in the way of the work that it is read for.
        guide.show()
        guide.raise_()
        guide.activateWindow()
        return guide

    def _about(self) -> None:
        from xmem_gui.gui.dialogs.about import AboutDialog

        self._show(AboutDialog(self._window))

    def _show(self, dialog: QDialog) -> None:
        """Show a dialog that goes when it is closed; nothing waits for it."""
        self._prepare(dialog)
        dialog.open()

    def _prepare(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # On a small screen, or one of large letters, its buttons stay in sight.
        room = self._window.screen().availableGeometry().size() - QSize(0, _TITLE_BAR)
        if dialog.testAttribute(Qt.WidgetAttribute.WA_Resized):
            dialog.resize(dialog.size().boundedTo(room))
        # The window's own keys do not reach a dialog.
        QShortcut(self._context.actions["help.here"].shortcut(), dialog, self.help_here)


def _topic_of(widget: QWidget | None) -> tuple[str, str]:
    """Return the page and the heading for a widget: those of the nearest part around it that has some."""
    from xmem_gui.gui.dialogs.guide_search import HELP_OF_ACTIONS, HELP_TOPICS

    while widget is not None:
        action = widget.defaultAction() if isinstance(widget, QToolButton) else None
        name = action.objectName() if action is not None else ""
        if topic := HELP_OF_ACTIONS.get(name) or HELP_OF_ACTIONS.get(name.partition(".")[0]):
            return topic
        for kind in type(widget).__mro__:
            if topic := HELP_TOPICS.get(kind.__name__):
                return topic
        widget = widget.parentWidget()
    return "README.md", ""
