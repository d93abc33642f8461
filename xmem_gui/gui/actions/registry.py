"""The registry of actions: one list feeds menus, toolbar, shortcuts and the command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence

from xmem_gui.gui.state.session import Session
from xmem_gui.gui.widgets.plain import tip

_DRAWN_AT_ONCE = 16
"""Icons; each takes half a millisecond."""


@dataclass(frozen=True)
class ActionSpec:
    """An action as data.

    Attributes
    ----------
    id
        Stable name, such as ``propagate.forward``; what shortcuts are saved under.
    text
        In menus, with an ampersand; in English, translated when shown.
    menu
        Path of the menu it stands in, such as ``Edit`` or ``View/Masks``; "" for none.
    keys
        Default shortcuts, as `QKeySequence` reads them.
    icon
        Name of an SVG of the theme, or "".
    tip
        One sentence more than the text says.
    when
        Why it cannot be done now, in a sentence; empty if it can.
    group
        Checkable actions of one group exclude each other; "" for no group.
    checkable
        Whether it is on or off.
    held
        Whether its key turns it on only while it is held.
    """

    id: str
    text: str
    menu: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    when: Callable[[Session], str] = field(default=lambda _: "")
    group: str = ""
    checkable: bool = False
    held: bool = False

    @property
    def label(self) -> str:
        """The translated text."""
        return QCoreApplication.translate("actions", self.text)

    @property
    def plain(self) -> str:
        """The translated text without ampersand and dots, as the palette shows it."""
        return _plain(self.label)


class Actions(QObject):
    """The specs as live `QAction`s.

    Parameters
    ----------
    specs
        The specification of every action, from the catalogue.
    session
        Its state decides which actions are enabled.
    keys
        The person's own shortcuts by action id; the others keep their defaults.
    icon
        Makes an icon of a name.
    """

    def __init__(
        self,
        specs: Iterable[ActionSpec],
        session: Session,
        *,
        keys: Mapping[str, tuple[str, ...]],
        icon: Callable[[str], QIcon],
    ) -> None:
        super().__init__()
        self.specs = {spec.id: spec for spec in specs}
        self._session = session
        self._icon = icon
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {name: self._make(spec) for name, spec in self.specs.items()}
        self._tips: dict[str, str] = {}
        self._undrawn: list[str] = []
        self._drawing = QTimer(self, singleShot=True, interval=0)
        self._drawing.timeout.connect(self._draw_some)
        for signal in (
            session.opened, session.closed, session.document_changed, session.job_changed,
            session.object_selected, session.chosen_changed, session.frame_changed, session.presence.changed,
            session.range_changed, session.copied_changed,
        ):  # fmt: skip
            signal.connect(self.refresh)
        self.set_keys(keys)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def bind(self, name: str, slot: Callable[[], object]) -> None:
        """Say what an action does."""
        self._actions[name].triggered.connect(lambda _checked=False: slot())

    def bind_toggle(self, name: str, slot: Callable[[bool], object]) -> None:
        """Say what a checkable action does; called with whether it is on."""
        self._actions[name].toggled.connect(slot)

    def set_keys(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        """Give every action its shortcuts: the person's own, else the defaults."""
        for name, spec in self.specs.items():
            sequences = [QKeySequence(key) for key in keys.get(name, spec.keys)]
            self._actions[name].setShortcuts(sequences)
            self._tips[name] = _tip(spec, self._actions[name])
        self.refresh()

    def refresh(self) -> None:
        """Enable what can be done now; the others' tooltips say why not."""
        # It comes with every frame and step of a job, and few conditions serve all actions.
        asked: dict[Callable[[Session], str], str] = {}
        for name, spec in self.specs.items():
            if spec.when not in asked:
                asked[spec.when] = tip(self.obstacle(name))
            action, obstacle = self._actions[name], asked[spec.when]
            action.setEnabled(not obstacle)
            action.setToolTip(obstacle or self._tips[name])

    def words(self, name: str) -> str:
        """Return what an action is called now, as its menu has it, without ampersand and dots."""
        return _plain(self._actions[name].text())

    def obstacle(self, name: str) -> str:
        """Return why an action cannot be done now, in a sentence; empty if it can."""
        return QCoreApplication.translate("actions", self.specs[name].when(self._session))

    def obstacle_of_key(self, key: QKeySequence) -> str:
        """Return why what a key stands for cannot be done now; empty if it can, or stands for nothing."""
        meant = [name for name, action in self._actions.items() if key in action.shortcuts()]
        if any(self._actions[name].isEnabled() for name in meant):
            return ""
        return next((obstacle for name in meant if (obstacle := self.obstacle(name))), "")

    def redraw_icons(self) -> None:
        """Draw icons again, after the theme has changed: some now, the others when the window has moved."""
        self._undrawn = [name for name, spec in self.specs.items() if spec.icon]
        self._draw_some()

    def _draw_some(self) -> None:
        some, self._undrawn = self._undrawn[:_DRAWN_AT_ONCE], self._undrawn[_DRAWN_AT_ONCE:]
        for name in some:
            self._actions[name].setIcon(self._icon(self.specs[name].icon))
        if self._undrawn:
            self._drawing.start()

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.label, self)
        action.setObjectName(spec.id)
        action.setToolTip(_tip(spec, action))
        action.setCheckable(spec.checkable or bool(spec.group))
        if spec.icon:
            action.setIcon(self._icon(spec.icon))
        if spec.group:
            if spec.group not in self._groups:
                self._groups[spec.group] = QActionGroup(self)
            self._groups[spec.group].addAction(action)
        return action


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix("…")


def _tip(spec: ActionSpec, action: QAction) -> str:
    """Return an action's name with its key and what it does, as in ``Brush (D): Paint the mask.``."""
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    name = f"{spec.plain} ({key})" if key else spec.plain
    tip = QCoreApplication.translate("actions", spec.tip)
    return f"{name}: {tip}" if tip else name
