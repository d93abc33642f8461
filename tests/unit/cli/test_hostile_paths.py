"""Every command with paths that nothing good can come of: a sentence and an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_hand import POSITIONAL, READ, commands, make_place, paths_of, run_here

from xmem_gui.annotator import Annotator
from xmem_gui.cli.given import look_at_paths
from xmem_gui.cli.main import app

PATHS = [(words, name) for words, _ in commands() for name in sorted(paths_of(words))]
BAD = (
    "pipe", "nowhere/at/all", "image.png/below", "empty", "text.txt", "a-folder", "loop", "dangling",
    "n" * 251, "n" * 256, "long/" * 1000 + "x", "locked", "locked/inside", "take [/b] [red]", "bytes \udcff",
    "zero\0byte", "line\nbreak", "",
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = make_place(tmp_path)
    os.mkfifo(made / "pipe")
    (made / "empty").touch()
    (made / "text.txt").write_text("text")
    (made / "a-folder").mkdir()
    (made / "locked").mkdir(mode=0)
    (made / "loop").symlink_to(made / "loop")
    (made / "dangling").symlink_to(made / "nowhere at all")
    (made / "take [/b] [red]").mkdir(parents=True)
    monkeypatch.chdir(made)
    with Annotator.open(made / "video") as annotator:
        annotator.add_object("[/b] [red] thing")
    return made


def _positions(words: tuple[str, ...]) -> list[str]:
    """Return the path parameters that are told without an option, in their order."""
    given = {"propagate": ["video"], "segment": ["image"], "info": ["path"], "export": ["project"],
             "relink": ["project", "video"], "import": ["project", "source"], "open": ["path"]}  # fmt: skip
    if words[0] == "evaluate" and words[1] not in {"made"}:
        return ["root" if words[1] == "paper" else "dataset"]
    return ["data"] if words[0] == "train" else given.get(words[0], [])


def _said(words: tuple[str, ...], name: str, bad: str) -> list[str]:
    read, positions = list(READ[words]), _positions(words)
    if name in positions:
        read[positions.index(name) : positions.index(name) + 1] = [bad]
    out = next(iter(paths_of(words) & {"out"} - {name}), None)
    more = [] if out is None else ["elsewhere"] if POSITIONAL.get(words) == out else ["--out", "elsewhere"]
    option = {"project_file": "project"}.get(name, name)
    here = [] if name in positions else [bad] if POSITIONAL.get(words) == name else [f"--{option}", bad]
    return [*words, *read, *more, *here]


@pytest.mark.parametrize(
    ("words", "name"), PATHS, ids=lambda one: one if isinstance(one, str) else " ".join(one)
)
def test_no_path_ends_in_a_traceback(
    place: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], name: str
):
    def stop(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "elsewhere")

    for what in (
        "annotator.make_engine", "evaluation.make_segment", "evaluation.made.make_clips",
        "evaluation.interactive.evaluate_interactive", "evaluation.paper.evaluate_paper",
        "interaction.segmenters.make_segmenter", "annotator.propagate_to_folder", "gui.app.run",
    ):  # fmt: skip
        monkeypatch.setattr(f"xmem_gui.{what}", stop)
    for bad in BAD:
        done = run_here(monkeypatch, *_said(words, name, bad))
        assert done.code in {0, 1, 2}, (bad, done)
        assert "Traceback" not in done.err, (bad, done)
        assert "Errno" not in done.err, (bad, done)
        assert "\x1b" not in done.err, (bad, done)
        if done.code:
            assert done.err.strip(), (bad, done)
        if bad == "pipe":
            assert done.code != 0, done
            assert "pipe" in done.err, (bad, done)


def test_masks_are_paths_too(place: Path, monkeypatch: pytest.MonkeyPatch):
    read = ("propagate", "video", "--out", "elsewhere", "--model", "model.safetensors", "--device", "cpu")
    for mask in (*BAD, "0=pipe", "0=", "=", "1=a-folder", "0=" + "n" * 300):
        done = run_here(monkeypatch, *read, "--mask", mask)
        assert done.code in {1, 2}, (mask, done)
        assert "Traceback" not in done.err, (mask, done)


@pytest.mark.parametrize("words", ["propagate", "segment", "models path", "models download"])
def test_models_are_paths_too(place: Path, monkeypatch: pytest.MonkeyPatch, words: str):
    called = tuple(words.split())
    said = [one for one in READ[called] if one not in {"--model", "model.safetensors", "compact"}]
    for model in BAD:
        more = [model] if called[0] == "models" else ["--model", model, "--out", "elsewhere"]
        done = run_here(monkeypatch, *called, *said, *more)
        # A file is the path of a file, whatever it holds.
        assert done.code in ({0, 1, 2} if words == "models path" else {1, 2}), (model, done)
        assert "Traceback" not in done.err, (model, done)


def test_names_are_shown_as_they_stand(place: Path, monkeypatch: pytest.MonkeyPatch):
    done = run_here(monkeypatch, "info", "take [/b] [red]")
    assert "take [/b] [red]" in done.err
    assert run_here(monkeypatch, "export", "video", "--format", "coco", "--out", "o [/b].json").code == 0
    done = run_here(monkeypatch, "info", "video.xmem")
    assert done.code == 0
    done = run_here(monkeypatch, "info", "line\nbreak\x1b[31m")
    assert r"\x1b[31m" in done.err
    assert "\x1b[" not in done.err


def test_exit_codes_are_as_help_says(place: Path, monkeypatch: pytest.MonkeyPatch):
    assert run_here(monkeypatch, "--help").code == 0
    assert run_here(monkeypatch, "formats").code == 0
    assert run_here(monkeypatch, "no-such-command").code == 2
    assert run_here(monkeypatch, "info").code == 2
    assert run_here(monkeypatch, "info", "text.txt").code == 1
    shown = run_here(monkeypatch, "--help").out
    assert "Exit codes: 0 done, 1" in " ".join(shown.split())


def test_json_is_json_for_names_that_are_no_text(place: Path):
    name = os.fsdecode(b"clip \xff")
    (place / "video").rename(place / name)
    done = subprocess.run(
        [sys.executable, "-m", "xmem_gui", "info", name, "--json"], capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    import json

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == 3


def test_every_command_looks_at_its_paths():
    look_at_paths(app)
    for words, command in commands():
        assert hasattr(command, "looks_at_paths"), words
