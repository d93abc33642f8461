"""The table of settings: a damaged value costs only itself, and whoever shows a setting asks the table."""

import math
from collections.abc import Callable
from inspect import signature
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.annotator import EngineSettings
from xmem_gui.cli import evaluate_vos, propagate
from xmem_gui.settings import (
    ComputeChoices,
    MemoryChoices,
    ProjectSettings,
    Settings,
    fitting_settings,
    row_of,
)

KINDS = (ComputeChoices, MemoryChoices, ProjectSettings)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from([10**400, float("nan"), "\ud800", "\0", "cuda:7", "cuda:123", 480, 15, 0]),
    st.lists(st.floats(), max_size=3),
    st.dictionaries(st.sampled_from(["top_k", "prototypes", ""]), st.integers()),
)  # fmt: skip
OPTIONS = {
    "memory_every": "memory_every", "top_k": "top_k", "max_working": "max_working_frames",
    "min_working": "min_working_frames", "max_long_term": "max_long_term_tokens", "prototypes": "prototypes",
    "size": "size",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_bad_value_costs_only_itself(kind: type[Settings], data: st.DataObject) -> None:
    names = st.sampled_from([*kind.names(), "of_the_future"])
    found = data.draw(st.dictionaries(names, ODD))
    before = data.draw(st.sampled_from([None, kind()]))
    read = fitting_settings(kind, found, before)
    assert fitting_settings(kind, vars(read)) == read
    for name in kind.names():
        alone = fitting_settings(kind, {name: found[name]} if name in found else {}, before)
        assert getattr(read, name) == getattr(alone, name)


def test_what_does_not_fit_keeps_what_was_there() -> None:
    before = fitting_settings(ComputeChoices, {"size": 240, "device": "cpu", "memory": {"top_k": 5}})
    after = fitting_settings(ComputeChoices, {"size": 15, "device": "cuda:1", "memory": 3}, before)
    assert (after.size, after.device, after.memory) == (240, "cuda:1", {"top_k": 5})
    assert fitting_settings(ComputeChoices, {"size": 0}, before).size == 0


@pytest.mark.parametrize("kept", [[0, 4095], [-0.5, 0.5], [5, 1]])
def test_a_pair_of_numbers_is_a_display_range(kept: list[float]) -> None:
    assert fitting_settings(ProjectSettings, {"display_range": kept}).display_range == tuple(kept)


@pytest.mark.parametrize("kept", ["12", [1], [1, 2, 3], [1, "2"], [1, math.nan], [True, 2], {"low": 1}])
def test_anything_else_is_no_display_range(kept: object) -> None:
    assert fitting_settings(ProjectSettings, {"display_range": kept}).display_range is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_has_a_label_and_a_sentence(kind: type[Settings]) -> None:
    for name in kind.names():
        about = row_of(kind, name)
        assert about.label[:1].isupper()
        assert about.help.endswith(".")
        assert about.least < about.most


@pytest.mark.parametrize("command", [propagate.propagate, evaluate_vos.vos])
def test_options_have_the_range_the_default_and_the_help_of_the_table(command: Callable[..., None]) -> None:
    hints = get_type_hints(command, include_extras=True)
    for option, name in OPTIONS.items():
        about = row_of(ComputeChoices if name in ComputeChoices.names() else MemoryChoices, name)
        (shown,) = hints[option].__metadata__
        assert about.help in shown.help
        assert (shown.min, shown.max) == (about.least, about.most)
    for name in ("model", "device", "size"):
        default = signature(command).parameters[name].default
        assert default == getattr(ComputeChoices(), name) == getattr(EngineSettings(), name)
