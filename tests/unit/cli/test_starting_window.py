import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from xmem_gui.cli.demo import _parser, demo_of
from xmem_gui.cli.window import with_open
from xmem_gui.errors import XmemGuiError
from xmem_gui.gui.shell.platform_check import has_display, why_no_window

COMMANDS = {"open", "info", "sample"}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], ["open"]),
        (["--verbose"], ["--verbose", "open"]),
        (["clip.mp4"], ["open", "clip.mp4"]),
        (["--verbose", "clip.mp4"], ["--verbose", "open", "clip.mp4"]),
        (["info", "clip.mp4"], ["info", "clip.mp4"]),
        (["sample"], ["sample"]),
        (["nonsense"], ["nonsense"]),
    ],
)
def test_a_path_or_nothing_means_open(given: list[str], meant: list[str]):
    assert with_open(given, COMMANDS) == meant


def test_a_folder_is_a_path_too(tmp_path: Path):
    assert with_open([str(tmp_path)], COMMANDS) == ["open", str(tmp_path)]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    }
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
@pytest.mark.parametrize("command", ["from xmem_gui.cli import main", "from xmem_gui.cli.demo import main"])
def test_without_a_display_it_says_so_in_a_sentence(command: str):
    done = _run(sys.executable, "-c", f"{command}; main()")
    assert done.returncode == 1
    assert "There is no display" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks for a display of X")
def test_a_display_counts_only_if_it_answers():
    assert not has_display({"DISPLAY": ":4711"})
    assert not has_display({"DISPLAY": "nonsense"})
    assert "display" in why_no_window({"DISPLAY": ":4711"})
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1] - 6000
        assert has_display({"DISPLAY": f"127.0.0.1:{number}.0"})
    assert has_display({"QT_QPA_PLATFORM": "offscreen"})


def test_missing_libraries_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch):
    class Finder:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "PySide6.QtSvg":
                raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    for name in [one for one in sys.modules if one.startswith("PySide6.QtSvg")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    why = why_no_window({"QT_QPA_PLATFORM": "offscreen"})
    assert "libEGL.so.1" in why
    assert "apt-get install" in why
    assert "libegl1" in why


def _flags(*arguments: object) -> argparse.Namespace:
    return _parser().parse_args([str(one) for one in arguments])


def test_the_old_demos_flags_are_understood(tmp_path: Path):
    video = tmp_path / "clip.mp4"
    video.touch()
    demo = demo_of(
        _flags(
            "--video", video, "--workspace", tmp_path / "work", "--num_objects", 3, "--model", "xmem",
            "--size", -1, "--mem_every", 10, "--top_k", 20, "--max_mid_term_frames", 8,
            "--min_mid_term_frames", 4, "--max_long_term_elements", 5000, "--num_prototypes", 64, "--no_amp",
        )
    )  # fmt: skip
    assert (demo.path, demo.masks, demo.objects, demo.model, demo.size) == (video, None, 3, "xmem", None)
    assert demo.project == tmp_path / "work" / "work.xmem"
    assert demo.full_precision
    assert demo.memory == {
        "memory_every": 10, "top_k": 20, "max_working_frames": 8, "min_working_frames": 4,
        "max_long_term_tokens": 5000, "prototypes": 64,
    }  # fmt: skip


def test_an_old_workspace_is_taken_over(tmp_path: Path):
    for name in ("images/0000000.jpg", "masks/0000000.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    demo = demo_of(_flags("--workspace", tmp_path))
    assert (demo.path, demo.masks) == (tmp_path / "images", tmp_path / "masks")


def test_a_path_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(XmemGuiError, match="nowhere"):
        demo_of(_flags("--images", tmp_path / "nowhere"))
