"""Exports that a person has given a name: a format and its options, without the place and the objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Literal

from xmem_gui.gui.state.matte_choices import MatteChoices
from xmem_gui.gui.state.settings_file import read_settings, settings_file
from xmem_gui.settings import Rule, Settings, fitting_settings, setting

Quality = Literal["fine", "good", "small"]
LONGEST_PRESET = 60
MOST_PRESETS = 50
_FORMAT = "^[a-z0-9-]{1,64}$"


@dataclass(frozen=True)
class OverlayChoices(Settings):
    """How masks lie over pictures, as the export dialog asks for it."""

    quality: Quality = setting("Quality", "How fine the video is coded.", default="fine")
    fill: int = setting("Fill", "How opaque masks are inside.", unit="%", default=45, ge=0, le=100)
    outline: int = setting("Outline", "Width of outlines.", unit="pixels", default=1, ge=0, le=20)
    labels: bool = setting("Names", "Write its object's name at each mask.", default=False)
    dim: int = setting("Darken the rest", "How much darker it is where no mask is.",
                       unit="%", default=0, ge=0, le=100)  # fmt: skip


@dataclass(frozen=True)
class ExportPreset(OverlayChoices, MatteChoices):
    """A named export."""

    name: str = setting("Name", "What it is called.", default="")
    format_id: str = setting("Format", "Id of the format.", default="davis", pattern=_FORMAT)
    which: Literal["all", "annotated", "committed", "reviewed"] = setting(
        "Frames", "Which frames are written.", default="all"
    )
    every: int = setting("Every", "Every how many frames.", unit="frames", default=1, ge=1, le=100_000)
    pattern: str = setting("Names of files", "Their pattern; empty for the source's own.",
                           default="", max_length=200)  # fmt: skip
    start: int = setting("First number", "Of the first frame.", default=0, ge=0, le=10_000_000)
    images: bool = setting("Pictures", "Export the pictures too.", default=False)
    own_colours: bool = setting("Colours", "Use the objects' colours.", default=False)

    @property
    def overlay(self) -> OverlayChoices:
        """How masks lie over pictures."""
        return fitting_settings(OverlayChoices, vars(self))

    @property
    def matte(self) -> MatteChoices:
        """What edges of soft masks are like."""
        return fitting_settings(MatteChoices, vars(self))


def prepare_checks() -> None:
    """Make what checks these choices; for a thread, before they are asked for."""
    for kind in (OverlayChoices, MatteChoices, ExportPreset):
        fitting_settings(kind, {})


def named(name: object) -> str:
    """Return what a preset can be called: one line without spaces around it; "" if it can be nothing."""
    text = " ".join(name.split()) if isinstance(name, str) else ""
    return text[:LONGEST_PRESET].strip() if text.isprintable() else ""


def presets_of(stored: Sequence[dict[str, Any]]) -> list[ExportPreset]:
    """Return presets from what is stored, in their order."""
    return [fitting_settings(ExportPreset, one) for one in stored]


def kept_presets() -> list[ExportPreset]:
    """Return the presets that the window keeps on this machine, in their order."""
    stored = read_settings(settings_file()).get("export_presets", [])
    return presets_of(_presets(stored)) if isinstance(stored, list) else []


def with_preset(stored: Sequence[dict[str, Any]], preset: ExportPreset) -> list[dict[str, Any]]:
    """Return what is stored with a preset in the place of the one of its name, or as the last."""
    fresh = dict(vars(preset))
    if any(one["name"] == preset.name for one in stored):
        return [fresh if one["name"] == preset.name else one for one in stored]
    return [*stored, fresh][-MOST_PRESETS:]


def without_preset(stored: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return what is stored without the preset of a name."""
    return [one for one in stored if one["name"] != name]


def _presets(value: Any) -> list[dict[str, Any]]:
    """Keep what are presets, each name once; a field that is odd has its default."""
    if not isinstance(value, list):
        raise ValueError("it is no list")
    found: dict[str, dict[str, Any]] = {}
    for one in islice(value, 10 * MOST_PRESETS):
        name = named(one.get("name")) if isinstance(one, dict) else ""
        if name and name not in found and len(found) < MOST_PRESETS:
            known = {key: item for key, item in one.items() if isinstance(key, str)}
            found[name] = dict(vars(fitting_settings(ExportPreset, {**known, "name": name})))
    return list(found.values())


ExportPresets = Annotated[list[dict[str, Any]], Rule(_presets)]
"""Presets as they are stored, each name once."""
