"""Find anything by its name and do it: actions, objects, what was open before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QKeySequence, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui import theme
from xmem_gui.gui.context import Context
from xmem_gui.gui.widgets.plain import row_text

_WIDTH, _ROWS, _ROW = 560, 11, 32
_ENTRY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Entry:
    """Something that can be found.

    Attributes
    ----------
    text
        The name that is shown and searched.
    place
        Where it stands: its menu, "Object", "Recent".
    run
        Called when the entry is chosen.
    keys
        Its shortcut, as it is shown.
    obstacle
        Why it cannot be done now, in a sentence; empty if it can.
    icon
        The picture shown beside the text.
    """

    text: str
    place: str
    run: Callable[[], object]
    keys: str = ""
    obstacle: str = ""
    icon: QIcon | None = None

    @property
    def enabled(self) -> bool:
        """Whether it can be done now."""
        return not self.obstacle


def score(query: str, text: str) -> float | None:
    """Return how well a text fits what was typed, higher is better; None if it does not.

    Best is a text that begins with it, then one with a word that does, then one that holds it, or its words
    in any order. Else all letters have to occur in their order; words' beginnings and letters in a row count
    more.
    """
    whole, typed = text.lower(), query.lower().strip()
    if typed and typed in whole:
        begins = whole.startswith(typed)
        return (3000.0 if begins else 2000.0 if f" {typed}" in whole else 1000.0) - 0.01 * len(whole)
    words = typed.split()
    if len(words) > 1 and all(word in whole for word in words):
        begin = all(whole.startswith(word) or f" {word}" in whole for word in words)
        return (1500.0 if begin else 700.0) - 0.01 * len(whole)
    wanted, found = query.lower().replace(" ", ""), text.lower()
    total, at, before = 0.0, 0, -2
    for letter in wanted:
        at = found.find(letter, at)
        if at < 0:
            return None
        begins = at == 0 or not found[at - 1].isalnum()
        total += 3.0 if at == before + 1 else 2.0 if begins else 0.5
        before, at = at, at + 1
    return total - 0.01 * len(found)


class CommandPalette(QDialog):
    """A field and what it finds. Typing narrows, the arrows choose, Enter does it, Escape closes.

    Parameters
    ----------
    context
        Its actions, objects and recent files can be found.
    open_path
        Called with the path of a recent file that is chosen.
    parent
        The window that it belongs to.
    """

    def __init__(self, context: Context, open_path: Callable[[Path], object], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._session, self._actions, self._recents = context.session, context.actions, context.recents
        self._open_path = open_path
        self.setAccessibleName(self.tr("Find an action"))
        self._entries: list[Entry] = []
        self._field = QLineEdit(placeholderText=self.tr("Type what you want to do…"))
        self._field.setAccessibleName(self.tr("What to find"))
        self._field.textChanged.connect(self._narrow)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setItemDelegate(_Rows(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName(self.tr("What was found"))
        self._list.itemClicked.connect(self._run)
        self._list.setUniformItemSizes(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._field)
        column.addWidget(self._list)

    def open_over(self, window: QWidget) -> None:
        """Show it at the top of a window."""
        self._entries = [*self._action_entries(), *self._object_entries(), *self._recent_entries()]
        self._field.clear()
        self._narrow("")
        height = _ROWS * _ROW + 64
        corner = window.mapToGlobal(window.rect().topLeft())
        left = corner.x() + (window.width() - _WIDTH) // 2
        self.setGeometry(left, corner.y() + 48, _WIDTH, min(height, window.height() - 96))
        self.show()
        self._field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the field's arrows and Enter go to the list."""
        if watched is self._field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if event.key() in steps:
                row = self._list.currentRow() + steps[Qt.Key(event.key())]
                self._list.setCurrentRow(max(0, min(row, self._list.count() - 1)))
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._run(self._list.currentItem())
                return True
        return False

    def _narrow(self, query: str) -> None:
        rated = [(score(query, f"{one.text} {one.place}"), one) for one in self._entries]
        found = [(rating, one) for rating, one in rated if rating is not None]
        if query:
            # By how well it fits, by hundreds; of two that fit alike, what can be done comes first.
            found.sort(key=lambda pair: (-round(pair[0] / 100), not pair[1].enabled, -pair[0]))
        else:
            found.sort(key=lambda pair: not pair[1].enabled)
        if not found:
            nothing = Entry(self.tr("Nothing found"), "", _nothing, obstacle=self.tr("Try fewer letters."))
            found = [(0.0, nothing)]
        self._list.clear()
        for _, entry in found:
            item = QListWidgetItem(entry.text)
            item.setData(_ENTRY, entry)
            if not entry.enabled:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _run(self, item: QListWidgetItem | None) -> None:
        entry = None if item is None else item.data(_ENTRY)
        if isinstance(entry, Entry) and entry.enabled:
            self.close()
            entry.run()

    def _action_entries(self) -> list[Entry]:
        entries = []
        for name, spec in self._actions.specs.items():
            action = self._actions[name]
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            place = " › ".join(part for part in spec.menu.split("/") if not part.startswith("-"))
            obstacle = self._actions.obstacle(name)
            text = self._actions.words(name)
            entries.append(Entry(text, place, action.trigger, keys, obstacle, action.icon()))
        return entries

    def _object_entries(self) -> list[Entry]:
        def select(object_id: int) -> Callable[[], None]:
            return lambda: setattr(self._session, "selected", object_id)

        return [
            Entry(row_text(one.name), self.tr("Object"), select(one.id), icon=_swatch(QColor(*one.colour)))
            for one in self._session.objects
        ]

    def _recent_entries(self) -> list[Entry]:
        return [
            Entry(row_text(path.name), self.tr("Recent"), lambda path=path: self._open_path(path))  # type: ignore[misc]
            for path in self._recents.paths
        ]


class _Rows(QStyledItemDelegate):
    """Draws icon, text, where it stands, and its keys at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002
        return QSize(100, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry = index.data(_ENTRY)
        if not isinstance(entry, Entry):
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        palette: QPalette = option.palette
        rect: QRect = option.rect
        tokens = theme.colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.highlight())
            painter.drawRoundedRect(rect, 4, 4)
        text = QColor(tokens.on_accent if chosen else tokens.text if entry.enabled else tokens.faint)
        quiet = text if chosen else QColor(tokens.muted if entry.enabled else tokens.faint)
        if entry.icon is not None:
            mode = QIcon.Mode.Normal if entry.enabled else QIcon.Mode.Disabled
            entry.icon.paint(painter, QRect(rect.left() + 8, rect.center().y() - 8, 16, 16), mode=mode)
        inner = rect.adjusted(34, 0, -10, 0)
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(text)
        painter.drawText(inner, centre | Qt.AlignmentFlag.AlignLeft, entry.text)
        used = painter.fontMetrics().horizontalAdvance(entry.text)
        painter.setPen(quiet)
        painter.drawText(inner.adjusted(used + 12, 0, 0, 0), centre | Qt.AlignmentFlag.AlignLeft, entry.place)
        painter.drawText(inner, centre | Qt.AlignmentFlag.AlignRight, entry.obstacle or entry.keys)
        painter.restore()


def _nothing() -> None:
    pass


def _swatch(colour: QColor) -> QIcon:
    drawn = QPixmap(16, 16)
    drawn.fill(colour)
    return QIcon(drawn)
