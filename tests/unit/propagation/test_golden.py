"""The engine against numbers recorded from the reference implementation (tests/golden)."""

import numpy as np
import pytest
import torch
from golden_runs import BY_SEED, CASES, GOLDEN, assert_matches_the_reference, golden_engine, network

from xmem_gui.propagation.graphs import GraphRunner, PlainRecorder


@pytest.mark.parametrize("name", BY_SEED)
def test_matches_the_reference(name: str):
    assert_matches_the_reference(name, golden_engine(CASES[name]))


def test_matches_the_reference_with_recorded_calls():
    runners: list[GraphRunner] = []

    def runner() -> GraphRunner:
        runners.append(GraphRunner(PlainRecorder()))
        return runners[-1]

    assert_matches_the_reference("eviction", golden_engine(CASES["eviction"], runner=runner))
    assert runners[0].on
    assert len(runners[0])


def test_a_frame_whose_masks_are_all_given_is_not_predicted():
    with np.load(GOLDEN / "all_given.npz") as arrays:
        frames, masks = arrays["frames"], arrays["masks"]
    engine = golden_engine(CASES["all_given"])
    given = {obj: masks[0] == obj for obj in (1, 2)}
    engine.step(0, frames[0], given)
    read = {name: engine.state()[f"memory.table.column.{name}"].clone() for name in ("use", "life")}
    engine.step(1, frames[1], given, last=True)
    for name, before in read.items():
        assert torch.equal(engine.state()[f"memory.table.column.{name}"], before)
    engine.step(2, frames[2], {1: masks[0] == 1}, last=True)
    assert (engine.state()["memory.table.column.life"] > read["life"]).all()


def test_the_reference_network_has_the_published_size():
    state = network(204).state_dict()
    assert len(state) == 412
    assert sum(p.numel() for p in network(204).parameters()) == 62_185_224
