import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waits import WAIT

from xmem_gui.gui.state.preferences import Preferences, Values


def test_what_is_set_is_there_after_a_restart(tmp_path: Path):
    preferences = Preferences(tmp_path)
    preferences.set(theme="dark", opacity=0.25, keys={"go.next": ["J"]})
    preferences.opened(tmp_path / "clip.mp4")
    preferences.flush()
    again = Preferences(tmp_path).values
    assert again == preferences.values
    assert (again.theme, again.recents) == ("dark", [str(tmp_path / "clip.mp4")])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"theme": "pink"}', '{"keys": {"a": 1}}', '{"size": true}']
)
def test_damage_counts_as_never_chosen(tmp_path: Path, text: str):
    (tmp_path / "preferences.json").write_text(text)
    assert Preferences(tmp_path).values == Values()


def test_unknown_names_are_left_out_and_good_ones_kept(tmp_path: Path):
    (tmp_path / "preferences.json").write_text(
        json.dumps({"theme": "light", "of_the_future": 1, "opacity": "x"})
    )
    assert Preferences(tmp_path).values == Values(theme="light")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


_USUAL = st.sampled_from(
    ["dark", "cpu", "compact", "/clip.mp4", "\udc80", 0, 1, 0.5, -1, 10**400, True, [], {}]
)


def is_of(value: object, found: object) -> bool:
    """Whether a value is what was found; of lists and tables, some of what was found."""
    if isinstance(value, list) and isinstance(found, list):
        return all(one in found for one in value)
    if isinstance(value, dict) and isinstance(found, dict):
        return all(key in found and is_of(one, found[key]) for key, one in value.items())
    return value == found


@given(st.dictionaries(st.sampled_from(sorted(vars(Values()))), _USUAL | _JSON))
def test_each_setting_is_as_the_file_has_it_or_the_default(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp("any")
    (folder / "preferences.json").write_text(json.dumps(found))
    values = Preferences(folder).values
    for name, default in vars(Values()).items():
        value = getattr(values, name)
        assert type(value) is type(default), name
        if value != default:
            assert is_of(value, found[name]), name


@given(st.dictionaries(st.sampled_from(sorted(vars(Values()))), _USUAL | _JSON))
def test_what_was_read_can_be_written_and_read_again(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp("any")
    (folder / "preferences.json").write_text(json.dumps(found))
    preferences = Preferences(folder)
    preferences.set(hints_shown=not preferences.values.hints_shown)
    preferences.flush()
    assert Preferences(folder).values == preferences.values


def test_recents_are_unique_and_the_newest_is_first(tmp_path: Path):
    preferences = Preferences(tmp_path)
    for number in (*range(20), 5):
        preferences.opened(tmp_path / str(number))
    names = [Path(one).name for one in preferences.values.recents]
    assert names[:2] == ["5", "19"]
    assert len(names) == len(set(names)) == 12


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path, qtbot):
    (tmp_path / "file").write_text("")
    preferences = Preferences(tmp_path / "file" / "below")
    with qtbot.waitSignal(preferences.changed, timeout=WAIT) as told:
        preferences.set(theme="dark")
    assert told.args == ["theme"]
    assert preferences.values.theme == "dark"
    preferences.flush()


def test_the_file_is_written_beside_the_window_and_the_newest_counts(tmp_path: Path, monkeypatch):
    go_on, began, threads = threading.Event(), threading.Event(), []
    replace = Path.replace

    def slow(self: Path, target: Path) -> Path:
        if self.parent != tmp_path:  # settings of an earlier test, which may still be on their way
            return replace(self, target)
        threads.append(threading.current_thread())
        began.set()
        assert go_on.wait(180)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", slow)
    preferences = Preferences(tmp_path)
    preferences.set(opacity=0.1)
    assert began.wait(180)
    for opacity in (0.2, 0.3, 0.4):
        preferences.set(opacity=opacity)
    go_on.set()
    preferences.flush()
    assert Preferences(tmp_path).values.opacity == 0.4
    assert len(threads) == 2
    assert threading.current_thread() not in threads
    assert [path.name for path in tmp_path.iterdir()] == ["preferences.json"]
