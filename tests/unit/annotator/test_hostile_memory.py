"""A saved memory that is whole but says what no engine has said: anybody's file."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_network import FRAMES, box, masks_of, open_tiny, use_tiny_network

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.annotator.propagation.checkpoint import Snapshot, load_snapshot, save_snapshot, snapshot_path
from xmem_gui.annotator.propagation.descriptors import Descriptors, descriptors_path

State = dict[str, torch.Tensor]


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A project with a propagation that was stopped in its midst, and the masks that it would have made."""
    use_tiny_network(monkeypatch)
    with open_tiny(tmp_path / "clip.xmem") as annotator:
        annotator.add_object()
        annotator.set_mask(1, 1, box(1))
        list(annotator.run(Propagation(start=1)))
        whole = masks_of(annotator)
        annotator.undo()
        walk = annotator.run(Propagation(start=1))
        list(islice(walk, 3))
        walk.close()
        assert annotator.resumable() is not None
        yield annotator, whole


def with_run(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda facts: {**facts, "run": {**facts["run"], **changes}}


HOSTILE_FACTS = {
    "a list": lambda _facts: [1],
    "a run that is a number": lambda facts: {**facts, "run": 5},
    "a run of nothing": lambda facts: {**facts, "run": {}},
    "steps that are lists": with_run(steps=[[1]]),
    "steps that are text": with_run(steps="ab"),
    "work that is none": with_run(work=None),
    "work with more": with_run(work={"another": 1}),
    "work of other kinds": with_run(work={"directions": "up", "objects": [[1]]}),
    "less than nothing done": with_run(done=-3),
    "more done than there is": with_run(done=10**9),
    "more done than the whole": with_run(done=10**9, total=10**9),
    "endlessly much done": with_run(done=float("inf")),
    "frames without numbers": lambda facts: {**facts, "permanent": {"x": "y"}},
    "frames in a list": lambda facts: {**facts, "permanent": [1]},
}


def let_go_of_the_engine(annotator: Annotator) -> None:
    """Have the next run make an engine, as after another start."""
    settings = annotator.settings
    annotator.settings = replace(settings, permanent=not settings.permanent)
    annotator.settings = settings


def is_as_before(annotator: Annotator, whole: dict[Any, Any], *, go_on: bool) -> None:
    """Check that a run makes the masks that it makes without a saved memory."""
    list(annotator.resume() if go_on and annotator.resumable() else annotator.run(Propagation(start=1)))
    assert masks_of(annotator) == whole


@pytest.mark.parametrize("go_on", [True, False])
@pytest.mark.parametrize("change", HOSTILE_FACTS.values(), ids=HOSTILE_FACTS)
def test_what_a_memory_says_of_itself_is_not_trusted(stopped, change, go_on: bool):
    annotator, whole = stopped
    path = snapshot_path(annotator.project.path)
    kept = load_snapshot(path)
    save_snapshot(path, Snapshot(change(dict(kept.facts)), kept.tensors))
    let_go_of_the_engine(annotator)
    is_as_before(annotator, whole, go_on=go_on)


def changed(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[State], State]:
    return lambda state: {name: change(tensor) for name, tensor in state.items()}


HOSTILE_TENSORS = {
    "none": lambda _state: {},
    "of other names": lambda state: {name + "x": tensor for name, tensor in state.items()},
    "names without owners": lambda state: {**state, "other.thing": torch.zeros(1)},
    "of one number": changed(lambda tensor: tensor.reshape(-1)[:1].clone()),
    "of other kinds": changed(lambda _tensor: torch.zeros(3, dtype=torch.int64)),
    "not finite": changed(
        lambda tensor: torch.full_like(tensor, float("nan")) if tensor.is_floating_point() else tensor
    ),
    "without half of the rows": changed(lambda tensor: tensor[: len(tensor) // 2].clone()),
    "maps of another size": lambda state: {
        name: tensor[..., :1].clone() if "sensory" in name else tensor for name, tensor in state.items()
    },
    "tiers that there are not": lambda state: {
        name: tensor + 40 if name.endswith("tier") else tensor for name, tensor in state.items()
    },
}


@pytest.mark.parametrize("go_on", [True, False])
@pytest.mark.parametrize("change", HOSTILE_TENSORS.values(), ids=HOSTILE_TENSORS)
def test_what_a_memory_holds_is_not_trusted(tmp_path: Path, stopped, change, go_on: bool):
    annotator, whole = stopped
    path = snapshot_path(annotator.project.path)
    kept = load_snapshot(path)
    save_snapshot(path, Snapshot(kept.facts, change(dict(kept.tensors))))
    let_go_of_the_engine(annotator)
    maps = change is HOSTILE_TENSORS["maps of another size"]
    if maps and go_on:  # those alone are lost: the run goes on, without what they knew
        list(annotator.resume())
        assert masks_of(annotator).keys() == whole.keys()
    else:
        is_as_before(annotator, whole, go_on=go_on)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, Path.touch], ids=["folder", "pipe", "empty"])
def test_what_lies_in_the_place_of_a_memory_stops_nothing(stopped, make):
    annotator, whole = stopped
    project = annotator.project.path
    for path in (snapshot_path(project), descriptors_path(project)):
        path.unlink(missing_ok=True)
        make(path)
    let_go_of_the_engine(annotator)
    assert annotator.resumable() is None
    annotator.clear_temporary()
    is_as_before(annotator, whole, go_on=False)
    assert (
        Descriptors(FRAMES, descriptors_path(project)).nearest(np.array([0])) is None
        or make is not Path.mkdir
    )


@pytest.mark.parametrize(
    "found",
    [
        {"vectors": np.zeros(FRAMES, np.float16), "known": np.ones(FRAMES, np.bool_)},
        {"vectors": np.zeros((FRAMES, 4), np.int64), "known": np.ones(FRAMES, np.bool_)},
        {"vectors": np.full((FRAMES, 4), np.nan, np.float16), "known": np.ones(FRAMES, np.bool_)},
        {"vectors": np.zeros((FRAMES, 4), np.float16), "known": np.ones((FRAMES, 2), np.bool_)},
    ],
)
def test_what_frames_look_like_is_not_trusted(tmp_path: Path, found):
    from safetensors.numpy import save

    (tmp_path / "frames").write_bytes(save(found))
    assert Descriptors(FRAMES, tmp_path / "frames").nearest(np.array([0])) is None
