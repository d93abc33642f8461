"""What a person can choose: the default, range, unit, label and help of each setting, in one table.

The form of settings, the options of the command line and the checks of what is stored are all made of it. The
window's own settings (`gui.state.preferences.Values`) are more rows of the same table.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast

from annotated_types import Ge, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
)

Chosen = TypeVar("Chosen", bound="Settings")
_LONGEST_PATH = 4096
SMALLEST_SIDE = 16
"""Pixels below which a network sees nothing."""


class Settings(BaseModel):
    """Values that cannot change, each of its type and in its range; see `fitting_settings`."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


@dataclass(frozen=True)
class SettingRow:
    """What the table says of one setting.

    Attributes
    ----------
    label
        What forms call it: one to three words.
    help
        One sentence on what it does.
    unit
        Of its numbers, such as ``frames``; "" for none.
    least, most
        The ends of its range, both included; infinite where there is none.
    step
        By how much a click on an arrow changes it.
    """

    label: str
    help: str
    unit: str
    least: float
    most: float
    step: int


def setting(label: str, help: str, *, unit: str = "", step: int = 1, **rules: Any) -> Any:  # noqa: A002
    """Return a field of the table: label, help and unit are for people, the rest is pydantic's ``Field``."""
    return Field(title=label, description=help, json_schema_extra={"unit": unit, "step": step}, **rules)


def row_of(kind: type[Settings], name: str) -> SettingRow:
    """Return what the table says of a setting of a kind."""
    field = kind.model_fields[name]
    least = next((one.ge for one in field.metadata if isinstance(one, Ge)), -math.inf)
    most = next((one.le for one in field.metadata if isinstance(one, Le)), math.inf)
    extra = field.json_schema_extra
    more: Mapping[str, Any] = extra if isinstance(extra, dict) else {}
    return SettingRow(
        label=field.title or "", help=field.description or "", unit=str(more.get("unit", "")),
        least=cast("float", least), most=cast("float", most), step=int(more.get("step", 1)),
    )  # fmt: skip


def fitting_settings(kind: type[Chosen], found: Mapping[str, Any], before: Chosen | None = None) -> Chosen:
    """Return settings with all of what was found that fits.

    Parameters
    ----------
    kind
        The class of the settings to fit.
    found
        Values by name, from a file or from elsewhere: of any type, and damaged or hostile perhaps. Names
        that are no settings are left out.
    before
        What each setting that was not found, or does not fit, keeps; by default its default.
    """
    kept = {} if before is None else vars(before)
    fresh = {name: value for name, value in found.items() if name in kind.model_fields}
    try:
        return kind.model_validate({**kept, **fresh})
    except ValidationError as error:
        bad = {one["loc"][0] for one in error.errors(include_url=False, include_input=False)}
        good = {name: value for name, value in fresh.items() if name not in bad}
        return kind.model_validate({**kept, **good})


def _path(value: Any) -> str:
    """Let pass what can be the name of a file, or of a model: nothing that the system would choke on."""
    if not isinstance(value, str) or len(value) > _LONGEST_PATH or "\0" in value:
        raise ValueError("it cannot be a path")
    os.fsencode(value)
    return value


def name_text(value: Any) -> str:
    """Return a path, or the name of a model; raises ``ValueError`` for what can be neither, and for ""."""
    if value == "":
        raise ValueError("it is empty")
    return _path(value)


PathText = Annotated[str, PlainValidator(_path)]
"""A path; pydantic's own texts cannot hold bytes that are no text, which paths may have."""
NameText = Annotated[str, PlainValidator(name_text)]
"""A path, or the name of a model; not empty."""


class MemoryChoices(Settings):
    """What a person chose of the memory, by `MemoryConfig`'s names; None for what suits the model."""

    memory_every: int | None = setting(
        "Save to memory every", "Lower values track fast motion better but run slower.",
        unit="frames", default=None, ge=1, le=1000,
    )  # fmt: skip
    max_working_frames: int | None = setting(
        "Working memory, most", "At this many frames, older ones are compressed into long-term memory.",
        unit="frames", default=None, ge=1, le=1000,
    )  # fmt: skip
    min_working_frames: int | None = setting(
        "Working memory, least", "This many of the most recent frames stay uncompressed then.",
        unit="frames", default=None, ge=1, le=1000,
    )  # fmt: skip
    max_long_term_tokens: int | None = setting(
        "Long-term memory", "Higher values remember longer videos better but use more memory.",
        unit="elements", step=1000, default=None, ge=1, le=1_000_000,
    )  # fmt: skip
    prototypes: int | None = setting(
        "Prototypes",
        "Elements kept by each compression. More keeps finer detail but fills memory sooner.",
        unit="elements", step=16, default=None, ge=1, le=10_000,
    )  # fmt: skip
    top_k: int | None = setting(
        "Matches read", "Memory matches per location. Fewer gives crisper masks, more gives steadier ones.",
        default=None, ge=1, le=1000,
    )  # fmt: skip

    @property
    def chosen(self) -> dict[str, int]:
        """Those that were chosen, by name; two that contradict each other go together."""
        kept = {name: value for name, value in self if value is not None}
        if kept.get("min_working_frames", 1) > kept.get("max_working_frames", 0):
            kept.pop("min_working_frames", None)
        if kept.get("prototypes", 128) > kept.get("max_long_term_tokens", 10_000):
            kept.pop("prototypes", None)
            kept.pop("max_long_term_tokens", None)
        return kept


def _memory(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise ValueError("it is no table")
    return fitting_settings(
        MemoryChoices, {name: one for name, one in value.items() if isinstance(name, str)}
    ).chosen


def _side(value: int) -> int:
    if 0 < value < SMALLEST_SIDE:
        raise ValueError(f"it is less than {SMALLEST_SIDE}")
    return value


class ComputeChoices(Settings):
    """What computes, and how."""

    model: NameText = setting("Model", "The network that tracks objects.", default="compact")
    click_model: NameText = setting(
        "Click model",
        "The network that turns clicks, scribbles and boxes into masks.",
        default="compact-click",
    )
    device: str = setting(
        "Device",
        "The device that runs the network.",
        default="auto",
        pattern=r"^(auto|mps|cpu|cuda(:[0-9]{1,2})?)$",
    )
    size: Annotated[int, AfterValidator(_side)] = setting(
        "Internal size",
        "Shorter side of the picture that the network sees. Smaller is faster, larger is finer.",
        unit="pixels", default=480, ge=0, le=4320,
    )  # fmt: skip
    memory: Annotated[dict[str, int], BeforeValidator(_memory)] = setting(
        "Memory", "What differs from the memory settings that suit the model.", default_factory=dict
    )


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class ProjectSettings(Settings):
    """What is kept with a project, beside its objects and masks."""

    display_range: Annotated[tuple[float, float] | None, BeforeValidator(_pair)] = setting(
        "Display range",
        "Values shown as black and as white, of pictures with more than 8 bits.",
        default=None,
    )
