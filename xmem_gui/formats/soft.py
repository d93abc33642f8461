"""What compositors take: soft masks of 8 or 16 bits, and cut-outs, pictures with the object's alpha."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.pictures import flatten, save_png
from xmem_gui.formats.rle import Rle, decode
from xmem_gui.formats.staging import Staging, run_jobs

Kind = Literal["soft-8", "soft-16", "cutout"]
_Level = TypeVar("_Level", np.uint8, np.uint16)
_TITLES = {
    "soft-8": "soft masks (8-bit PNG)",
    "soft-16": "soft masks (16-bit PNG)",
    "cutout": "cut-outs (RGBA PNG)",
}


class SoftExporter(BaseExporter):
    """Writes SEQUENCE/OBJECT/FRAME.png from the probabilities where they are known, else from the masks.

    A cut-out is the whole frame, not multiplied by its alpha.
    """

    extensions = (".png",)
    takes_images = False
    has_edge = True

    def __init__(self, kind: Kind) -> None:
        self.id = kind
        self.title = _TITLES[kind]
        self._kind = kind
        self.needs_images = kind == "cutout"
        self.needs_probabilities = kind != "cutout"

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(f"{plan.annotation.name}-{self._kind}")
        files = sum(1 for frame in plan.frames for _ in plan.masks(frame))
        first = f"{sequence}/{plan.objects[0].id:03d}" if plan.objects else sequence
        return Layout(
            (plan.destination / sequence,),
            files,
            tuple(f"{first}/{name}.png" for name in plan.names[:5]),
            # Where there are none, soft masks are refused, and nothing is said of edges.
            soft_warnings(plan, all_hard=not self.needs_probabilities),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        folder = stage.folder(plan.destination / safe_folder(f"{plan.annotation.name}-{self._kind}"))
        for info in plan.objects:
            (folder / f"{info.id:03d}").mkdir()

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [
                    (info, rle, plan.annotation.probability(frame, info.id))
                    for info, rle in plan.masks(frame)
                ]
                yield partial(
                    one, name, masks, plan.image(frame) if self._kind == "cutout" and masks else None
                )

        def one(
            name: str,
            masks: list[tuple[ObjectInfo, Rle, NDArray[np.float32] | None]],
            image: NDArray[np.uint8] | None,
        ) -> None:
            for info, rle, soft in masks:
                path = folder / f"{info.id:03d}" / f"{name}.png"
                if image is not None:
                    save_png(path, np.dstack((image, levels(rle, soft, np.uint8))), self._kind)
                else:
                    depth = np.uint16 if self._kind == "soft-16" else np.uint8
                    save_png(path, levels(rle, soft, depth), self._kind)

        run_jobs(jobs(), tick)


def levels(rle: Rle, soft: NDArray[np.float32] | None, kind: type[_Level]) -> NDArray[_Level]:
    """Return an (H, W) grey picture, full scale for 1, of a probability or, without one, of the mask."""
    top = np.iinfo(kind).max
    if soft is None:
        hard: NDArray[_Level] = np.where(decode(rle), top, 0).astype(kind)
        return hard
    clean = np.nan_to_num(np.clip(soft, 0.0, 1.0))
    found: NDArray[_Level] = np.rint(clean * np.float32(top)).clip(0, top).astype(kind)
    return found


def combined(
    masks: Iterable[tuple[Rle, NDArray[np.float32] | None]], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the (H, W) matte of several objects together: the highest of their probabilities or masks."""
    listed = list(masks)
    found = flatten([(255, rle) for rle, soft in listed if soft is None], size)
    for rle, soft in listed:
        if soft is not None:
            np.maximum(found, levels(rle, soft, np.uint8), out=found)
    return found


def soft_warnings(plan: ExportPlan, *, all_hard: bool = True) -> tuple[str, ...]:
    """Return what to say of masks whose probabilities are not known: their edges are hard.

    Parameters
    ----------
    plan
        The export whose masks are looked at.
    all_hard
        Whether to say so too where none are known.
    """
    has = plan.annotation.has_probability
    known = [has(frame, info.id) for frame in plan.frames for info, _ in plan.masks(frame)]
    hard = len(known) - sum(known)
    if not hard:
        return ()
    if hard == len(known):
        return ("No probabilities are at hand: edges are hard.",) if all_hard else ()
    masks = "1 mask has" if hard == 1 else f"{hard:,} masks have"
    return (f"{masks} hard edges, of {len(known):,}: those were made or changed by a person.",)
