"""A file of settings, whatever is in it, neither stops the window nor the writing of settings."""

import contextlib
import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from taking_down import take_down
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtGui import QKeySequence

from xmem_gui.gui import theme
from xmem_gui.gui.canvas.look import Mode
from xmem_gui.gui.context import make_context
from xmem_gui.gui.controllers.engine_choice import chosen_settings
from xmem_gui.gui.shell.diagnostics import Catcher
from xmem_gui.gui.shell.window import MainWindow
from xmem_gui.gui.state import preferences as module
from xmem_gui.gui.state import recents
from xmem_gui.gui.state.preferences import Preferences, Values
from xmem_gui.gui.state.setting_rules import UnfitSettingError, sealed, unsealed
from xmem_gui.settings import MemoryChoices, fitting_settings

FILE = "preferences.json"

ODD_NUMBERS = [
    float("nan"), float("inf"), -float("inf"), 10**400, -(10**400), 1e300, -1, -0.5, 0, 1,
    2**63, 0.5, 480, True,
]  # fmt: skip
ODD_TEXTS = [
    "", "\0", "\ud800", "\udcff", "x" * 5000, "/dev/zero", "<b>bold</b>", "[/b]", "é", "AAAA" * 50,
    "\u202e", "\n", "Ctrl+Z", "Ctrl+", "compact", "cuda:99", "cuda:\u0661", "#12345", "#123456\n", "dark",
    "a\nb", "../..", "~",
]  # fmt: skip

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(ODD_NUMBERS),
    st.sampled_from(ODD_TEXTS), st.text(max_size=8), st.text(st.characters(categories=["Cs"]), max_size=3),
)  # fmt: skip
NAMES = [*MemoryChoices.names(), "long_term", "zz", "file.open", "edit.undo", "no.such", ""]
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
hostile_files = st.dictionaries(st.sampled_from([*sorted(Values.names()), "of_the_future"]), anything)


def written(folder: Path, found: object) -> Path:
    (folder / FILE).write_text(json.dumps(found))
    return folder


def usable(values: Values) -> None:
    """Every value is of its type and in its range."""
    assert values.theme in {"system", "light", "dark", "contrast"}
    assert Mode(values.view)
    for number, least, most in (
        (values.opacity, 0, 1),
        (values.low_confidence, 0, 1),
        (values.brush, 0.5, 512),
    ):
        assert isinstance(number, float)
        assert math.isfinite(number)
        assert least <= number <= most
    assert type(values.size) is int
    assert values.size == 0 or 16 <= values.size <= 4320
    assert type(values.hints_shown) is bool
    assert len(values.recents) <= 12
    for text in (values.folder, values.model, values.click_model, *values.recents):
        Path(text).exists()
        assert "\0" not in text
    for keys in values.keys.values():
        assert all(QKeySequence(key).toString() for key in keys)
    unsealed(values.geometry)
    unsealed(values.layout)
    chosen_settings(Values(memory=values.memory))


def test_every_default_fits_its_own_rule() -> None:
    assert fitting_settings(Values, vars(Values())) == Values()


@given(found=hostile_files)
def test_whatever_is_read_is_of_its_type_and_in_its_range(tmp_path_factory, found):
    folder = written(tmp_path_factory.mktemp("any"), found)
    preferences = Preferences(folder)
    usable(preferences.values)
    before = preferences.values
    preferences.set(hints_shown=not before.hints_shown)
    preferences.flush()
    assert Preferences(folder).values == preferences.values


@given(found=hostile_files)
def test_whatever_is_set_is_of_its_type_and_in_its_range(tmp_path_factory, found):
    found.pop("of_the_future", None)
    preferences = Preferences(tmp_path_factory.mktemp("any"))
    preferences.set(**found)
    usable(preferences.values)
    preferences.flush()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=hostile_files)
def test_the_window_starts_and_ends_with_any_settings(qtbot, qapp, tmp_path_factory, monkeypatch, found):
    folder = written(tmp_path_factory.mktemp("any"), found)
    monkeypatch.setattr(recents, "thumbnails_folder", lambda: folder / "cache")
    preferences = Preferences(folder)
    context = make_context(preferences)
    session = context.session
    said: list[str] = []
    session.notice.connect(lambda notice: said.append(notice.text))
    look = theme.Theme(qapp, preferences.values.theme)
    window = MainWindow(context, look)
    catcher = Catcher(session)
    try:
        with qtbot.waitSignal(window.ready, timeout=WAIT):
            window.show()
        with qtbot.waitSignal(window.gone, timeout=WAIT):
            window.close()
    finally:
        catcher.release()
        take_down(window, session, context.actions, look)
    assert [text for text in said if "inside the program" in text] == []
    preferences.flush()
    usable(Preferences(folder).values)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"size": ' + "9" * 100_000 + "}",
        '{"opacity": NaN, "brush": Infinity, "size": 1e400}',
        '{"recents": [' + ",".join(f'"/{i}"' for i in range(100_000)) + "]}",
        '{"theme": "dark"' + " " * (2 << 20) + "}",
        '"\ud800"',
    ],
    ids=["deep", "digits", "not numbers", "giant list", "giant file", "surrogate"],
)
def test_a_file_that_is_odd_as_a_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("utf8", "surrogatepass"))
    preferences = Preferences(tmp_path)
    usable(preferences.values)
    preferences.set(theme="light")
    preferences.flush()
    assert Preferences(tmp_path).values.theme == "light"


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_something_else_in_the_place_of_the_file(tmp_path: Path, kind: str) -> None:
    if kind == "pipe" and not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    (tmp_path / FILE).mkdir() if kind == "folder" else os.mkfifo(tmp_path / FILE)
    preferences = Preferences(tmp_path)
    assert preferences.values == Values()
    preferences.set(theme="light")
    preferences.flush()


def test_one_number_of_thousands_of_digits_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"theme": "dark", "size": ' + "9" * 9000 + "}")
    assert Preferences(tmp_path).values == Values(theme="dark")


def test_of_a_list_what_fits_is_kept(tmp_path: Path) -> None:
    keys = {"file.open": ["Ctrl+Y", "\0"], "edit.undo": [], "no such": ["A"], "go.next": ["\ud800"]}
    memory = {"top_k": 7, "max_working_frames": 0, "zz": 9}
    written(tmp_path, {"recents": ["", "/a", "\0", 3, "\ud800", "/b", "/a"], "keys": keys, "memory": memory})
    values = Preferences(tmp_path).values
    assert values.recents == ["/a", "/b"]
    assert values.keys == {"file.open": ["Ctrl+Y"], "edit.undo": []}
    assert values.memory == {"top_k": 7}


@pytest.mark.parametrize(
    ("memory", "kept"),
    [
        ({"max_working_frames": 3, "min_working_frames": 5}, {"max_working_frames": 3}),
        ({"min_working_frames": 500}, {}),
        ({"max_long_term_tokens": 5}, {}),
        ({"max_long_term_tokens": 5, "prototypes": 5}, {"max_long_term_tokens": 5, "prototypes": 5}),
        ({"max_long_term_tokens": 4, "prototypes": 5, "top_k": 2}, {"top_k": 2}),
    ],
)
def test_numbers_that_contradict_each_other_go_together(tmp_path: Path, memory, kept) -> None:
    values = Preferences(written(tmp_path, {"memory": memory})).values
    assert values.memory == kept
    assert chosen_settings(values).model == "compact"


@given(data=st.binary(max_size=200), at=st.integers(0), bit=st.integers(0, 7))
def test_a_layout_comes_back_whole_or_not_at_all(data: bytes, at: int, bit: int) -> None:
    text = sealed(data)
    assert unsealed(text) == data
    if text:
        damaged = bytearray(text.encode())
        damaged[at % len(damaged)] ^= 1 << bit
        with contextlib.suppress(UnfitSettingError):
            assert unsealed(damaged.decode("latin1")) == data


def test_a_path_that_is_no_text_of_its_encoding_is_remembered(tmp_path: Path) -> None:
    odd = tmp_path / "clip-\udcff.mp4"
    preferences = Preferences(tmp_path)
    preferences.opened(odd)
    preferences.flush()
    assert Preferences(tmp_path).values.recents == [str(odd)]


def test_the_writer_outlives_whatever_a_write_raises(tmp_path: Path, monkeypatch) -> None:
    real, calls = module.write_whole, []

    def write(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) == 1:
            raise SystemExit(3)
        real(path, data)

    monkeypatch.setattr(module, "write_whole", write)
    preferences = Preferences(tmp_path)
    preferences.set(theme="dark")
    preferences.flush()
    preferences.set(opacity=0.25)
    preferences.flush()
    assert Preferences(tmp_path).values == Values(theme="dark", opacity=0.25)
