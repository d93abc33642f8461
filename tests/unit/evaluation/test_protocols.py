import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import official_layouts as layouts
import pytest
from PIL import Image

from xmem_gui.errors import MaskError, MediaError
from xmem_gui.evaluation import evaluate_vos, find_protocol, write_submission
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.protocols import PROTOCOLS
from xmem_gui.evaluation.scores import SequenceTiming
from xmem_gui.formats.davis import read_index_mask, write_index_mask
from xmem_gui.formats.rle import decode, from_coco


def keep_still(sequence: Sequence, out: Path, progress: Callable[[int], None], /) -> SequenceTiming:
    """Leave every object where it was given."""
    given, mask = sequence.given_masks(), np.zeros(sequence.size, np.uint8)
    for frame, name in enumerate(sequence.mask_names):
        for number, own in given.get(frame, {}).items():
            mask[own] = number
        if frame in sequence.saved_frames:
            write_index_mask(out / name, mask)
        progress(frame + 1)
    return SequenceTiming(len(sequence.images), 1.0)


MADE = {
    "davis-2017": layouts.davis,
    "davis-2017-test-dev": layouts.davis_test,
    "youtube-vos-2019": lambda root: layouts.youtube(root, complete=True),
    "lvos": layouts.lvos,
    "mose": layouts.mose,
    "sa-v": layouts.sav,
    "burst": layouts.burst,
}


@pytest.mark.parametrize("name", MADE)
def test_a_folder_is_known_by_its_layout(name: str, tmp_path: Path) -> None:
    root = MADE[name](tmp_path / "data")
    protocol = find_protocol(root)
    assert protocol.id == name
    assert protocol is find_protocol(tmp_path, name)
    assert [type(one.name) for one in protocol.find(root, None)]


def test_a_folder_of_nothing_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="layout of no known data set"):
        find_protocol(tmp_path)
    with pytest.raises(MediaError, match="no protocol 'dvais'"):
        find_protocol(tmp_path, "dvais")


def test_the_official_list_decides_which_sequences_there_are(tmp_path: Path) -> None:
    root = layouts.davis(tmp_path)
    assert [one.name for one in PROTOCOLS["davis-2017"].find(root, None)] == ["bear", "camel"]
    assert [one.name for one in PROTOCOLS["davis-2016"].find(root, None)] == ["bear"]
    with pytest.raises(MediaError, match="has no sequence 'bear'"):
        PROTOCOLS["mose"].find(layouts.mose(tmp_path / "mose"), ["bear"])


def test_davis_2016_counts_all_objects_as_one(tmp_path: Path) -> None:
    sequence = PROTOCOLS["davis-2016"].find(layouts.davis(tmp_path), None)[0]
    assert set(sequence.given_masks()[0]) == {1}
    np.testing.assert_array_equal(sequence.truth(3), layouts.squares(3) > 0)


def test_davis_2017_scores_the_objects_of_the_first_mask_in_all_frames_between(tmp_path: Path) -> None:
    root = layouts.davis(tmp_path / "data")
    # In all frames but the first and last object 2 is hidden, and a third object comes.
    for frame in range(1, layouts.FRAMES - 1):
        mask = layouts.squares(frame)
        mask[mask == 2] = 3
        write_index_mask(root / "Annotations/480p/bear" / f"{frame:05d}.png", mask)
    scores = evaluate_vos(
        root, keep_still, out=tmp_path / "out", resume=False, protocol=PROTOCOLS["davis-2017"]
    )
    found = scores.sequences["bear"].objects
    assert set(found) == {1, 2}
    assert found[2].frames == layouts.FRAMES - 2
    # The square stays where it was given: it agrees in no frame with "not there".
    assert found[2].j == found[2].f == 0


def test_full_resolution_is_read_where_the_network_works_above_480(tmp_path: Path) -> None:
    sequence = PROTOCOLS["davis-2017"].find(layouts.davis(tmp_path, large=True), ["bear"])[0]
    assert sequence.size == layouts.SIZE
    assert sequence.large is not None
    assert sequence.large.size == (80, 128)
    assert sequence.large.given_masks()[0][1].shape == (80, 128)


def test_youtube_reads_all_frames_and_writes_the_listed_ones(tmp_path: Path) -> None:
    root = layouts.youtube(tmp_path / "data", complete=True)
    sequence = PROTOCOLS["youtube-vos-2019"].find(root, None)[0]
    assert len(sequence.images) == 7
    assert sequence.saved_frames == (0, 2, 4, 6)
    assert {frame: set(masks) for frame, masks in sequence.given_masks().items()} == {0: {1}, 2: {2}}
    assert sequence.spans == {1: (2, 4, 6), 2: (4,)}
    assert sequence.groups == {1: "seen", 2: "unseen"}


def test_youtube_overall_is_the_mean_of_seen_and_unseen(tmp_path: Path) -> None:
    root = layouts.youtube(tmp_path / "data", complete=True)
    scores = evaluate_vos(root, keep_still, out=tmp_path / "out", resume=False, protocol=find_protocol(root))
    groups = scores.groups
    assert {name: group.objects for name, group in groups.items()} == {"seen": 1, "unseen": 1}
    four = [groups["seen"].j, groups["seen"].f, groups["unseen"].j, groups["unseen"].f]
    assert scores.overall == pytest.approx(np.mean(four))
    found = scores.sequences["video"].objects
    # By hand: of a 10 x 10 square that has moved by 4 pixels, 6 columns of 14 agree.
    assert found[2].j == pytest.approx(100 * 6 / 14)
    assert [found[1].frames, found[2].frames] == [3, 1]


def test_where_a_server_keeps_the_truth_masks_are_made_but_not_scored(tmp_path: Path) -> None:
    root = layouts.youtube(tmp_path / "data", complete=False)
    scores = evaluate_vos(root, keep_still, out=tmp_path / "out", resume=False, protocol=find_protocol(root))
    assert not scores.scored
    assert scores.as_dict()["j_and_f"] is None
    json.dumps(scores.as_dict(), allow_nan=False)
    written = sorted(path.name for path in (tmp_path / "out/video").glob("*.png"))
    assert written == ["00000.png", "00002.png", "00004.png", "00006.png"]


def test_without_a_server_there_must_be_something_to_score(tmp_path: Path) -> None:
    root = tmp_path / "data"
    layouts.pictures(root / "JPEGImages/a", layouts.numbered())
    layouts.masks(root / "Annotations/a", {"00000": layouts.squares(0)})
    with pytest.raises(MaskError, match="cannot be scored"):
        evaluate_vos(root, keep_still, out=tmp_path / "out", resume=False)
    assert not (tmp_path / "out").exists()


def test_lvos_scores_each_object_in_its_range(tmp_path: Path) -> None:
    sequence = PROTOCOLS["lvos"].find(layouts.lvos(tmp_path), None)[0]
    assert sequence.spans == {1: (0, 1, 2, 3, 4, 5), 2: (1, 2, 3, 4)}
    assert sequence.groups == {1: "unseen", 2: "unseen"}
    assert {frame: set(masks) for frame, masks in sequence.given_masks().items()} == {0: {1}, 1: {2}}


def test_sav_masks_may_overlap(tmp_path: Path) -> None:
    root = layouts.sav(tmp_path / "data")
    sequence = PROTOCOLS["sa-v"].find(root, None)[0]
    given = sequence.given_masks()[0]
    assert set(given) == {1, 2}
    assert (given[1] & given[2]).any()
    assert sequence.spans == {1: (2, 4), 2: (2, 4)}
    scores = evaluate_vos(root, keep_still, out=tmp_path / "out", resume=False, protocol=PROTOCOLS["sa-v"])
    # Object 2 was put on top and stayed: 14 of 18 columns after 2 frames, 12 of 20 after 4.
    assert scores.sequences["sav_000001"].objects[2].j == pytest.approx(50 * (14 / 18 + 12 / 20))


def submitted(name: str, tmp_path: Path) -> tuple[list[Sequence], zipfile.ZipFile]:
    root = MADE[name](tmp_path / "data") if name in MADE else tmp_path
    protocol = PROTOCOLS[name]
    evaluate_vos(root, keep_still, out=tmp_path / "out", resume=False, protocol=protocol)
    sequences = protocol.find(root, None)
    count = write_submission(protocol, sequences, tmp_path / "out", tmp_path / "sent.zip")
    archive = zipfile.ZipFile(tmp_path / "sent.zip")
    assert count == len(archive.namelist())
    return sequences, archive


@pytest.mark.parametrize(
    ("name", "prefix", "frames"),
    [
        ("davis-2017-test-dev", "cat/", range(7)),
        ("mose", "crowd/", range(7)),
        ("youtube-vos-2019", "Annotations/video/", (0, 2, 4, 6)),
    ],
)
def test_submissions_of_palette_pngs(name: str, prefix: str, frames: range, tmp_path: Path) -> None:
    sequences, archive = submitted(name, tmp_path)
    assert archive.namelist() == [f"{prefix}{frame:05d}.png" for frame in frames]
    for frame, entry in zip(frames, archive.namelist(), strict=True):
        with archive.open(entry) as file, Image.open(file) as image:
            assert image.mode == "P"
            assert (image.height, image.width) == layouts.SIZE
            own = read_index_mask(tmp_path / "out" / sequences[0].name / f"{frame:05d}.png")
            np.testing.assert_array_equal(np.asarray(image), own)


def test_submission_of_sav_has_a_folder_for_each_object(tmp_path: Path) -> None:
    _, archive = submitted("sa-v", tmp_path)
    stems = ("00000", "00002", "00004", "00006")
    expected = {f"sav_000001/{number:03d}/{stem}.png" for number in range(2) for stem in stems}
    assert set(archive.namelist()) == expected
    with archive.open("sav_000001/001/00006.png") as file, Image.open(file) as image:
        assert set(np.unique(np.asarray(image))) == {0, 255}


def test_submission_of_burst_is_the_official_entry_with_our_masks(tmp_path: Path) -> None:
    _, archive = submitted("burst", tmp_path)
    assert archive.namelist() == ["predictions.json"]
    entry = json.loads(archive.read("predictions.json"))["sequences"][0]
    official = json.loads((tmp_path / "data/val/first_frame_annotations.json").read_text())["sequences"][0]
    assert {**entry, "segmentations": []} == {**official, "segmentations": []}
    assert len(entry["segmentations"]) == 3
    mask = {"size": list(layouts.SIZE), "counts": entry["segmentations"][2]["7"]["rle"]}
    np.testing.assert_array_equal(decode(from_coco(mask)), layouts.squares(0) == 1)


def test_a_submission_with_a_mask_missing_is_not_written(tmp_path: Path) -> None:
    root = layouts.mose(tmp_path / "data")
    protocol = PROTOCOLS["mose"]
    evaluate_vos(root, keep_still, out=tmp_path / "out", resume=False, protocol=protocol)
    (tmp_path / "out/crowd/00003.png").unlink()
    with pytest.raises(MaskError, match=r"00003\.png' is missing"):
        write_submission(protocol, protocol.find(root, None), tmp_path / "out", tmp_path / "sent.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["data", "out"] or not list(tmp_path.glob("*.zip"))


@pytest.mark.parametrize(
    ("place", "text", "said"),
    [
        ("valid/meta.json", "{", "cannot be read"),
        ("valid/meta.json", '{"videos": {"../x": {"objects": {}}}}', "not the name of a sequence"),
        ("valid/meta.json", '{"videos": {"video": {"objects": {"x": {}}}}}', "whole number"),
        ("valid/meta.json", '{"videos": {"video": {"objects": {"1": {}}}}}', "in which frames"),
        ("valid/meta.json", '{"videos": {"video": {"objects": {"1": {"frames": ["9"]}}}}}', "frame '9'"),
    ],
)
def test_a_damaged_meta_file_is_told(place: str, text: str, said: str, tmp_path: Path) -> None:
    root = layouts.youtube(tmp_path, complete=True)
    (root / place).write_text(text)
    with pytest.raises(MediaError, match=said):
        PROTOCOLS["youtube-vos-2019"].find(root, None)
