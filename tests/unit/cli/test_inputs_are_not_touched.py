"""Every command, with its result sent to everything that it reads: what it reads stays as it is."""

import os
from pathlib import Path

import pytest
from cli_hand import POSITIONAL, READ, commands, make_place, paths_of, run_here

from xmem_gui.annotator import Annotator
from xmem_gui.cli.given import RESULTS, TREES
from xmem_gui.errors import XmemGuiError

READ_PATHS = TREES | {
    "path", "project", "project_file", "video", "image", "source", "load", "backbone", "resnet18", "resnet50",
}  # fmt: skip
WITH_RESULTS = [(words, name) for words, _ in commands() for name in sorted(paths_of(words) & RESULTS)]


def test_no_command_is_forgotten():
    assert set(READ) == {words for words, _ in commands()}


def test_every_path_of_every_command_is_known_to_be_read_or_written():
    for words, _ in commands():
        assert paths_of(words) <= READ_PATHS | RESULTS, words


def _facts(place: Path) -> dict[str, bytes]:
    """Return the bytes of all that is read."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.suffix not in {".lock", ".xmem"}
    }


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def _targets(place: Path) -> list[Path]:
    """Return places that are, hold, lie in, or lead to something that is read."""
    read = [
        "video",
        "mask.png",
        "image.png",
        "data",
        "photos",
        "training",
        "weights.safetensors",
        "video.xmem",
    ]
    inside = [
        "video/00000.png", "video/new.png", "data/JPEGImages/480p/a", "data/Annotations/480p/a/00000.png",
        "data/Annotations", "data/new", "photos/backgrounds", "photos/backgrounds/0.jpg", "training/new",
        "model.safetensors", "video.xmem-wal",
    ]  # fmt: skip
    (place / "links").mkdir()
    for name in read:
        (place / "links" / name).symlink_to(place / name)
        if (place / name).is_file():
            os.link(place / name, place / f"links/hard-{name}")
    links = [f"links/{path.name}" for path in (place / "links").iterdir()]
    return [
        place / name
        for name in (*read, *inside, *sorted(links), ".", "video/../video", "nowhere/../image.png")
    ]


def _asked(words: tuple[str, ...], name: str, target: Path) -> list[object]:
    said: list[object] = [*words, *READ[words]]
    others = sorted((paths_of(words) & RESULTS) - {name} - {"json", "plot", "submission"})
    for one, where in [(name, target), *((other, Path("elsewhere")) for other in others)]:
        said += [where] if POSITIONAL.get(words) == one else [f"--{one}", where]
    return said


@pytest.mark.parametrize(
    ("words", "name"), WITH_RESULTS, ids=lambda one: one if isinstance(one, str) else " ".join(one)
)
def test_a_result_does_not_touch_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], name: str
):
    def stop(*_: object, **__: object) -> None:
        raise XmemGuiError("computing begins")

    # Where a place is allowed, what would be computed is another test's matter; propagate and export do it.
    for what in (
        "annotator.make_engine", "evaluation.make_segment", "evaluation.made.make_clips",
        "evaluation.interactive.evaluate_interactive", "evaluation.paper.evaluate_paper",
        "interaction.segmenters.make_segmenter", "annotator.write_overlay",
    ):  # fmt: skip
        monkeypatch.setattr(f"xmem_gui.{what}", stop)
    if words == ("sample",):
        monkeypatch.setattr("xmem_gui.annotator.propagate_to_folder", stop)
    place = make_place(tmp_path)
    monkeypatch.chdir(place)
    with Annotator.open(place / "video") as annotator:
        annotator.add_object("thing")
    targets = _targets(place)
    before, listed = _facts(place), _files(place / "video")
    refused = 0
    overwrite = ["--overwrite"] if words in {("propagate",), ("export",), ("segment",)} else []
    for target in targets:
        for more in ([], overwrite) if overwrite else ([],):
            done = run_here(monkeypatch, *_asked(words, name, target), *more)
            assert done.code in {0, 1, 2}, (target, done)
            assert "Traceback" not in done.err, (target, done.err)
            if target.resolve() == place / "video":
                assert "masks already" not in done.err, (target, done.err)
            refused += done.code != 0
            after = _facts(place)
            assert {path: after.get(path) for path in before} == before, (target, done)
            assert _files(place / "video") == listed, (target, done)
    assert refused
