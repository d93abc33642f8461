"""Plugins: found by entry points, loaded when asked for, and no harm to the program when they are broken."""

import importlib
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from xmem_gui.errors import CheckpointError, FormatError, OutputError
from xmem_gui.formats import (
    ExportRequest,
    FormatPlugin,
    ImportTarget,
    MemoryAnnotation,
    ObjectInfo,
    into_memory,
)
from xmem_gui.formats.plugin import FormatPlugins, check_format
from xmem_gui.interaction.segmenter_plugins import plugin_segmenter
from xmem_gui.plugins import FORMATS, SEGMENTERS, PluginError, Plugins

TOY = Path(__file__).parents[2] / "examples" / "plugin"
TARGET = ImportTarget((12, 16), ("00000", "00001", "00002"), "video", False, None, False, None, False)
ENTRIES = """[xmem_gui.formats]
toy-lines = xmem_gui_toy.lines:LINES

[xmem_gui.segmenters]
toy-colour = xmem_gui_toy.colour:make_segmenter
"""
BROKEN = """[xmem_gui.formats]
not-there = broken_toy.nowhere:X
raises = broken_toy:RAISES
exits = broken_toy_exits:X
wrong = broken_toy:WRONG
empty = broken_toy:EMPTY
other-id = broken_toy:OTHER
davis = broken_toy:OTHER

[xmem_gui.segmenters]
not-callable = broken_toy:WRONG
fails = broken_toy:fails
odd = broken_toy:odd
"""
MODULE = """
from xmem_gui.formats import FormatPlugin
from xmem_gui.formats.npz import NpzExporter, NpzImporter
WRONG = 3
EMPTY = FormatPlugin(sentence="Nothing.")
OTHER = FormatPlugin(sentence="Another id.", exporter=NpzExporter())
def __getattr__(name):
    if name == "RAISES":
        raise RuntimeError("out of\\norder")
    raise AttributeError(name)
def fails(device):
    raise ZeroDivisionError("no network today")
def odd(device):
    return 7
"""


def distribution(folder: Path, name: str, entries: str) -> None:
    """Put what pip leaves of an installed package into a folder."""
    facts = folder / f"{name}-1.5.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    (facts / "entry_points.txt").write_text(entries)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    distribution(tmp_path / "site", "xmem-gui-toy", ENTRIES)
    monkeypatch.syspath_prepend(str(TOY))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    importlib.invalidate_caches()
    return tmp_path / "site"


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "broken"
    distribution(site, "broken", BROKEN)
    (site / "broken_toy.py").write_text(MODULE)
    (site / "broken_toy_exits.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(str(site))
    for name in ("broken_toy", "broken_toy_exits"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return site


def found_formats() -> FormatPlugins:
    return FormatPlugins(frozenset({"davis", "npz"}))


def found_segmenters() -> Plugins:
    def any_callable(name: str, found: object) -> object:
        if not callable(found):
            raise PluginError("it is no function")
        return found

    return Plugins(SEGMENTERS, any_callable, taken=("compact",))


def annotation() -> MemoryAnnotation:
    made = MemoryAnnotation(
        (12, 16), [f"{n:05d}" for n in range(3)], objects=[ObjectInfo(4, "a fox", (1, 2, 3))]
    )
    mask = np.zeros((12, 16), bool)
    mask[2:7, 3:9] = True
    made.set(0, 4, mask)
    made.set(2, 4, np.zeros((12, 16), bool))
    return made


def test_names_are_known_without_loading(toy: Path) -> None:
    sys.modules.pop("xmem_gui_toy.lines", None)
    plugins = found_formats()
    assert plugins.names() == ("toy-lines",)
    assert plugins.package_of("toy-lines") == "xmem-gui-toy 1.5"
    assert "xmem_gui_toy.lines" not in sys.modules


def test_the_toy_format_gives_back_what_it_was_given(toy: Path, tmp_path: Path) -> None:
    plugin = found_formats().all()["toy-lines"]
    assert plugin.exporter is not None
    assert plugin.importer is not None
    given = annotation()
    plan = plugin.exporter.plan(given, ExportRequest(), tmp_path / "out.lines")
    (written,) = plugin.exporter.write(plan)
    assert plugin.importer.recognises(written)
    back = plugin.importer.inspect(written, TARGET)
    assert not back.left_out
    found = into_memory(back, plugin.importer.read(back))
    assert [(info.id, info.name) for info in found.objects] == [(4, "a fox")]
    for frame in range(3):
        assert found.rle(frame, 4) == given.rle(frame, 4)


def test_a_line_that_cannot_be_read_does_not_sink_the_rest(toy: Path, tmp_path: Path) -> None:
    plugin = found_formats().all()["toy-lines"]
    assert plugin.exporter is not None
    assert plugin.importer is not None
    (written,) = plugin.exporter.write(
        plugin.exporter.plan(annotation(), ExportRequest(), tmp_path / "out.lines")
    )
    with written.open("a") as file:
        file.write("7\t4\tnonsense\nwhat is this\n")
    plan = plugin.importer.inspect(written, TARGET)
    assert plan.masks == 2
    assert len(plan.left_out) == 2


def test_the_toy_segmenter_floods_a_colour(toy: Path) -> None:
    from xmem_gui.interaction import Point, Prompts

    segmenter = plugin_segmenter("toy-colour", torch.device("cpu"), found_segmenters())
    assert segmenter is not None
    image = np.full((40, 60, 3), 200, np.uint8)
    image[10:30, 20:45] = (10, 90, 30)
    found = segmenter.prepare(image).predict(Prompts((Point(30.5, 20.5),))) > 0.5
    assert found[20, 30]
    assert not found[5, 5]
    assert (found[12:28, 22:43]).all()
    assert not segmenter.prepare(image).predict(Prompts()).any()


def test_no_plugin_of_that_name_is_none() -> None:
    assert plugin_segmenter("nobody-has-this", torch.device("cpu")) is None


def test_broken_plugins_are_one_line_each(broken: Path, caplog: pytest.LogCaptureFixture) -> None:
    plugins = found_formats()
    with caplog.at_level(logging.WARNING):
        assert plugins.all() == {}
        assert plugins.all() == {}
    lines = [record.getMessage() for record in caplog.records]
    names = ("davis", "not-there", "raises", "exits", "wrong", "empty", "other-id")
    assert len(lines) == len(names)
    for name in names:
        (line,) = [line for line in lines if f"'{name}'" in line]
        assert "broken 1.5" in line
        assert "\n" not in line
    assert {one.name for one in plugins.facts() if one.trouble} == set(names)
    assert all(one.group == FORMATS for one in plugins.facts())


def test_a_broken_plugin_leaves_others_usable(toy: Path, broken: Path) -> None:
    assert set(found_formats().all()) == {"toy-lines"}


def test_two_plugins_of_one_name(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distribution(tmp_path / "second", "late-toy", "[xmem_gui.formats]\ntoy-lines = late_toy:X\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "second")])
    facts = found_formats().facts()
    assert [(one.package, bool(one.trouble)) for one in facts] == [
        ("xmem-gui-toy 1.5", False),
        ("late-toy 1.5", True),
    ]


@pytest.mark.parametrize("name", ["not-callable", "fails", "odd"])
def test_a_broken_segmenter_says_whose_it_is(broken: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match=rf"'{name}' of broken 1\.5"):
        plugin_segmenter(name, torch.device("cpu"), found_segmenters())


def test_what_a_plugin_raises_at_work_names_it(toy: Path) -> None:
    plugins = found_formats()
    with (
        pytest.raises(OutputError, match=r"'toy-lines' of xmem-gui-toy 1\.5"),
        plugins.blamed("toy-lines", OutputError),
    ):
        raise KeyError("x")
    with pytest.raises(FormatError, match=r"^as it is$"), plugins.blamed("toy-lines", OutputError):
        raise FormatError("as it is")
    with pytest.raises(KeyError), plugins.blamed("npz", OutputError):
        raise KeyError("x")


@pytest.mark.parametrize("found", [3, FormatPlugin(sentence="Nothing.")])
def test_what_is_no_format_is_refused(found: object) -> None:
    with pytest.raises(PluginError):
        check_format("any", found)


def test_commands_know_plugins(toy: Path, broken: Path) -> None:
    """In a process of its own, where some of the plugins are broken."""
    places = os.pathsep.join(map(str, (toy, broken, TOY)))
    environment = {**os.environ, "PYTHONPATH": places}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "xmem_gui", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    listed = run("plugins", "--json")
    assert listed.returncode == 0, listed.stderr
    facts = {one["name"]: one["trouble"] for one in json.loads(listed.stdout)["plugins"]}
    assert facts["toy-lines"] == facts["toy-colour"] == ""
    assert "RuntimeError: out of order" in facts["raises"]
    formats = run("formats")
    assert formats.returncode == 0, formats.stderr
    assert "toy-lines" in formats.stdout
    assert "davis" in formats.stdout
    assert formats.stderr.count("is left out") == 7
    version = run("--version")
    assert (version.returncode, version.stderr) == (0, "")
