"""What a person can choose: the default, range, unit, label and help of each setting, in one table.

The form of settings, the options of the command line and the checks of what is stored are all made of it. The
window's own settings (`gui.state.preferences.Values`) are more rows of the same table.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from pydantic import BaseModel

Chosen = TypeVar("Chosen", bound="Settings")
_MODELS: dict[type[Settings], type[BaseModel]] = {}
"""What checks settings, by their kind: made when it is first needed, for it takes long."""
_LONGEST_PATH = 4096
SMALLEST_SIDE = 16
"""Pixels below which a network sees nothing."""


@dataclass(frozen=True)
class Settings:
    """Values that cannot change; `fitting_settings` makes them, each of its type and in its range."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the settings, in their order."""
        return tuple(one.name for one in fields(cls))


@dataclass(frozen=True)
class Rule:
    """What a setting has to keep besides the rules that `setting` takes: an annotation of its type.

    Attributes
    ----------
    check
        Is given the value, and returns it, or what is to be kept for it; raises ``ValueError`` for what does
        not fit.
    when
        Called ``after`` the check of the type, ``before`` it, or ``instead`` of it.
    """

    check: Callable[[Any], Any]
    when: Literal["instead", "before", "after"] = "instead"


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


def setting(
    label: str,
    help: str,  # noqa: A002
    *,
    unit: str = "",
    step: int = 1,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    **rules: Any,
) -> Any:
    """Return a field of the table: label, help and unit are for people, rules are pydantic's ``Field``'s."""
    row = SettingRow(label, help, unit, rules.get("ge", -math.inf), rules.get("le", math.inf), step)
    kept = {"row": row, "rules": rules}
    if default is MISSING:
        return field(default_factory=default_factory, metadata=kept)
    return field(default=default, metadata=kept)


def row_of(kind: type[Settings], name: str) -> SettingRow:
    """Return what the table says of a setting of a kind."""
    row: SettingRow = next(one.metadata["row"] for one in fields(kind) if one.name == name)
    return row


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
    from pydantic import ValidationError

    names, model = kind.names(), _MODELS.get(kind) or _MODELS.setdefault(kind, _model_of(kind))
    kept = {} if before is None else vars(before)
    fresh = {name: value for name, value in found.items() if name in names}
    try:
        return kind(**vars(model.model_validate({**kept, **fresh})))
    except ValidationError as error:
        bad = {one["loc"][0] for one in error.errors(include_url=False, include_input=False)}
        good = {name: value for name, value in fresh.items() if name not in bad}
        return kind(**vars(model.model_validate({**kept, **good})))


def _model_of(kind: type[Settings]) -> type[BaseModel]:
    """Return pydantic's model of a kind of settings."""
    from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainValidator, create_model

    validators = {"instead": PlainValidator, "before": BeforeValidator, "after": AfterValidator}
    hints = get_type_hints(kind, include_extras=True)
    made: dict[str, Any] = {}
    for one in fields(kind):
        hint: Any = hints[one.name]
        if get_origin(hint) is Annotated:
            hint, *marks = get_args(hint)
            for mark in marks:
                hint = Annotated[hint, validators[mark.when](mark.check)]
        rules: dict[str, Any] = dict(one.metadata["rules"])
        if one.default_factory is MISSING:
            rules["default"] = one.default
        else:
            rules["default_factory"] = one.default_factory
        made[one.name] = hint, Field(**rules)
    config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)
    model: type[BaseModel] = create_model(kind.__name__, __config__=config, **made)
    return model


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


PathText = Annotated[str, Rule(_path)]
"""A path; pydantic's own texts cannot hold bytes that are no text, which paths may have."""
NameText = Annotated[str, Rule(name_text)]
"""A path, or the name of a model; not empty."""


@dataclass(frozen=True)
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
        kept = {name: value for name, value in vars(self).items() if value is not None}
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


@dataclass(frozen=True)
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
    size: Annotated[int, Rule(_side, "after")] = setting(
        "Internal size",
        "Shorter side of the picture that the network sees. Smaller is faster, larger is finer.",
        unit="pixels", default=480, ge=0, le=4320,
    )  # fmt: skip
    memory: Annotated[dict[str, int], Rule(_memory, "before")] = setting(
        "Memory", "What differs from the memory settings that suit the model.", default_factory=dict
    )


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class ProjectSettings(Settings):
    """What is kept with a project, beside its objects and masks."""

    display_range: Annotated[tuple[float, float] | None, Rule(_pair, "before")] = setting(
        "Display range",
        "Values shown as black and as white, of pictures with more than 8 bits.",
        default=None,
    )
