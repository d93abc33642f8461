"""DAVIS 2016 and 2017, and any data set in their layout (JPEGImages and Annotations, a folder a sequence)."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from xmem_gui.evaluation.dataset import Sequence, find_sequences, level, listed_names, sequence_of
from xmem_gui.evaluation.protocols.base import VosProtocol, chosen, folders_in

_LISTS_2016 = ("ImageSets/2016/val.txt", "ImageSets/480p/val.txt", "ImageSets/val.txt")
_LIST_2017 = "ImageSets/2017/val.txt"
_LIST_TEST = "ImageSets/2017/test-dev.txt"
_LARGE = ("Full-Resolution", "1080p")


def _has_layout(root: Path) -> bool:
    return (root / "JPEGImages").is_dir() and (root / "Annotations").is_dir()


def _is_2017(root: Path) -> bool:
    return _has_layout(root) and (root / _LIST_2017).is_file()


def _is_2016(root: Path) -> bool:
    return _has_layout(root) and any((root / place).is_file() for place in _LISTS_2016)


def _is_test(root: Path) -> bool:
    return _has_layout(root) and (root / _LIST_TEST).is_file()


def _find(root: Path, lists: Collection[str], names: Collection[str] | None) -> list[Sequence]:
    """Return the sequences of the first of some lists that there is; without a list, all."""
    listed = next((found for place in lists if (found := listed_names(root / place)) is not None), None)
    if names is None:
        names = listed
    return [_with_large(sequence, root) for sequence in find_sequences(root, names)]


def _with_large(sequence: Sequence, root: Path) -> Sequence:
    for place in _LARGE:
        pictures, masks = root / "JPEGImages" / place, root / "Annotations" / place
        if (pictures / sequence.name).is_dir() and (masks / sequence.name).is_dir():
            return replace(
                sequence, large=sequence_of(sequence.name, pictures / sequence.name, masks / sequence.name)
            )
    return sequence


def _merged(sequence: Sequence) -> Sequence:
    large = sequence.large
    return replace(sequence, merged=True, large=None if large is None else replace(large, merged=True))


def _find_2016(root: Path, names: Collection[str] | None) -> list[Sequence]:
    return [_merged(sequence) for sequence in _find(root, _LISTS_2016, names)]


def _find_2017(root: Path, names: Collection[str] | None) -> list[Sequence]:
    return [_from_first_mask(sequence) for sequence in _find(root, (_LIST_2017,), names)]


def _from_first_mask(sequence: Sequence) -> Sequence:
    """Score as davis2017-evaluation does: every object of the first mask, in all known frames between."""
    frames = tuple(sequence.truths)
    return replace(sequence, spans=dict.fromkeys(sequence.objects[frames[0]], frames[1:-1]))


def _find_test(root: Path, names: Collection[str] | None) -> list[Sequence]:
    return _find(root, (_LIST_TEST,), names)


def _find_any(root: Path, names: Collection[str] | None) -> list[Sequence]:
    return [_with_large(sequence, root) for sequence in find_sequences(root, names)]


def _find_long(root: Path, names: Collection[str] | None) -> list[Sequence]:
    pictures, masks = level(root / "JPEGImages"), level(root / "Annotations")
    return [
        sequence_of(name, pictures / name, masks / name) for name in chosen(folders_in(masks), names, root)
    ]


def _is_long(root: Path) -> bool:
    return _has_layout(root) and root.name.startswith("long_video")


def _find_mose(root: Path, names: Collection[str] | None) -> list[Sequence]:
    split = _mose_split(root)
    pictures, masks = split / "JPEGImages", split / "Annotations"
    return [
        sequence_of(name, pictures / name, masks / name) for name in chosen(folders_in(masks), names, root)
    ]


def _mose_split(root: Path) -> Path:
    return root / "valid" if _has_layout(root / "valid") else root


def _is_mose(root: Path) -> bool:
    split = _mose_split(root)
    without_meta = not any((split / name).exists() for name in ("meta.json", "valid_meta.json"))
    return _has_layout(split) and without_meta and (split != root or "mose" in root.name.lower())


DAVIS_2017 = VosProtocol(
    "davis-2017",
    "DAVIS 2017 val",
    _find_2017,
    _is_2017,
    source="davischallenge.org, 'TrainVal' of 2017",
)
DAVIS_2017_TEST = VosProtocol(
    "davis-2017-test-dev",
    "DAVIS 2017 test-dev",
    _find_test,
    _is_test,
    server="the DAVIS 2017 test-dev competition on CodaLab",
    source="davischallenge.org, 'Test-Dev' of 2017",
)
DAVIS_2016 = VosProtocol(
    "davis-2016",
    "DAVIS 2016 val",
    _find_2016,
    _is_2016,
    source="davischallenge.org, DAVIS 2016",
)
MOSE = VosProtocol(
    "mose",
    "MOSE val",
    _find_mose,
    _is_mose,
    server="the MOSE competition on CodaLab",
    source="henghuiding.github.io/MOSE",
)
LONG_TIME = VosProtocol(
    "long-time",
    "Long-time Video",
    _find_long,
    _is_long,
    source="XMem's repository, 'long_video_set' (long_video and long_video_x3)",
)
LAYOUT = VosProtocol("layout", "Data set in the DAVIS layout", _find_any, _has_layout)
