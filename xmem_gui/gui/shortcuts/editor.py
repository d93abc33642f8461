"""The dialog that shows every shortcut and changes them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from xmem_gui.gui import theme
from xmem_gui.gui.actions.catalogue import CATALOGUE
from xmem_gui.gui.context import Context
from xmem_gui.gui.shortcuts.conflicts import conflicts, keys_of
from xmem_gui.gui.shortcuts.presets import PRESETS
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.plain import Label

_ID = Qt.ItemDataRole.UserRole


class ShortcutEditor(QDialog):
    """A dialog with a row for each action; it saves nothing while two actions share a key.

    Parameters
    ----------
    context
        Its actions have the shortcuts; its preferences keep them.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences = context.preferences
        self._actions = context.actions
        self._keys = keys_of(CATALOGUE, preferences.keys)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(640, 600)
        self._find = QLineEdit(placeholderText=self.tr("Find an action or a key"), clearButtonEnabled=True)
        self._find.setAccessibleName(self.tr("Find"))
        self._find.textChanged.connect(self._narrow)
        self._preset = QComboBox()
        self._preset.setAccessibleName(self.tr("Preset"))
        self._preset.addItem(self.tr("Choose a preset…"))
        self._preset.addItems(list(PRESETS))
        self._preset.activated.connect(self._take_preset)
        self._tree = self._make_tree()
        self._key = QKeySequenceEdit()
        self._key.setMaximumSequenceLength(1)
        self._key.setAccessibleName(self.tr("New key"))
        self._key.keySequenceChanged.connect(self._on_key)
        self._key.installEventFilter(self)
        self._none, self._default = QPushButton(self.tr("No key")), QPushButton(self.tr("Default"))
        self._none.clicked.connect(lambda: self._set_selected(()))
        self._default.clicked.connect(self._take_default)
        self._problem = Label(wordWrap=True)
        self._problem.setProperty("role", "danger")
        standard = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._arrange()
        self._show_keys()
        self._on_selected()

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The keys by action id, as they stand in the dialog."""
        return dict(self._keys)

    def set_keys(self, name: str, keys: tuple[str, ...]) -> None:
        """Give an action other keys."""
        self._keys[name] = keys
        self._show_keys()

    def accept(self) -> None:
        """Keep what differs from the defaults."""
        defaults = {spec.id: spec.keys for spec in CATALOGUE}
        own = {name: list(keys) for name, keys in self._keys.items() if keys != defaults[name]}
        self._preferences.set(keys=own)
        super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Tab leave the field of the new key."""
        if watched is self._key and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Tab:
                return self.focusNextPrevChild(True)
            if event.key() == Qt.Key.Key_Backtab:
                return self.focusNextPrevChild(False)
        return False

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().resizeSection(1, 180)
        tree.header().setStretchLastSection(False)
        tree.setAccessibleName(self.tr("Actions"))
        tree.setRootIsDecorated(False)
        tree.setIndentation(12)
        # Names begin at one line, and rows are of one height, whether there is an icon or not.
        pixels = QPixmap(tree.iconSize() if tree.iconSize().isValid() else QSize(16, 16))
        pixels.fill(Qt.GlobalColor.transparent)
        blank = QIcon(pixels)
        menus: dict[str, QTreeWidgetItem] = {}
        below: dict[str, list[QTreeWidgetItem]] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        for spec in CATALOGUE:
            menu = spec.menu.partition("/")[0]
            if menu not in menus:
                menus[menu] = QTreeWidgetItem(tree, [menu])
                menus[menu].setFlags(Qt.ItemFlag.ItemIsEnabled)
                menus[menu].setForeground(0, QColor(theme.colours().muted))
            item = QTreeWidgetItem(menus[menu], [spec.plain])
            item.setIcon(0, self._actions[spec.id].icon() if spec.icon else blank)
            item.setData(0, _ID, spec.id)
            self._items[spec.id] = item
            below.setdefault(menu, []).append(item)
        self._menus = [(menus[name], items) for name, items in below.items()]
        tree.expandAll()
        tree.currentItemChanged.connect(self._on_selected)
        return tree

    def _arrange(self) -> None:
        top, change = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._find, 1)
        top.addWidget(self._preset)
        label = Label(self.tr("New &key:"))
        label.setBuddy(self._key)
        change.addWidget(label)
        change.addWidget(self._key, 1)
        change.addWidget(self._none)
        change.addWidget(self._default)
        column = roomy_column(self, spacing=8)
        column.addLayout(top)
        column.addWidget(self._tree, 1)
        column.addLayout(change)
        column.addWidget(self._problem)
        column.addWidget(self._buttons)

    def _show_keys(self) -> None:
        found = conflicts(self._keys)
        bad = set().union(*found.values())
        tokens = theme.colours()
        for name, item in self._items.items():
            shown = [_native(key) for key in self._keys[name]]
            item.setText(1, ", ".join(shown))
            item.setForeground(1, QColor(tokens.danger if name in bad else tokens.text))
        sentences = [
            self.tr("{0} is the key of {1}.").format(
                _native(key),
                self.tr(" and of ").join(f"“{self._actions.specs[one].plain}”" for one in sorted(names)),
            )
            for key, names in found.items()
        ]
        self._problem.setText(" ".join(sentences[:3]))
        self._problem.setVisible(bool(sentences))
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not sentences)

    def _selected(self) -> str | None:
        item = self._tree.currentItem()
        name = None if item is None else item.data(0, _ID)
        return name if isinstance(name, str) else None

    def _on_selected(self) -> None:
        for widget in (self._key, self._none, self._default):
            widget.setEnabled(self._selected() is not None)
        self._key.blockSignals(True)
        self._key.clear()
        self._key.blockSignals(False)

    def _on_key(self, sequence: QKeySequence) -> None:
        if not sequence.isEmpty():
            self._set_selected((sequence.toString(),))

    def _set_selected(self, keys: tuple[str, ...]) -> None:
        name = self._selected()
        if name is not None:
            self.set_keys(name, keys)

    def _take_default(self) -> None:
        name = self._selected()
        if name is not None:
            self.set_keys(name, self._actions.specs[name].keys)

    def _take_preset(self, index: int) -> None:
        if index > 0:
            self._keys = keys_of(CATALOGUE, PRESETS[self._preset.itemText(index)])
            self._preset.setCurrentIndex(0)
            self._show_keys()

    def _narrow(self, text: str) -> None:
        wanted = text.lower()
        for item in self._items.values():
            item.setHidden(wanted not in f"{item.text(0)} {item.text(1)}".lower())
        for menu, items in self._menus:
            menu.setHidden(all(item.isHidden() for item in items))


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
