"""A made benchmark: clips that are hard in one way each, drawn from a seed, and one score for each way."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from PIL import Image

from xmem_gui.errors import OutputError
from xmem_gui.evaluation.dataset import Sequence, find_sequences
from xmem_gui.evaluation.made_art import Art, DrawnArt
from xmem_gui.evaluation.made_scenes import DIFFICULTIES, FRAMES, make_scene, render
from xmem_gui.evaluation.metrics import region_similarity
from xmem_gui.evaluation.scores import VosScores, replace_text
from xmem_gui.evaluation.vos import Segment, VosProgress, evaluate_vos
from xmem_gui.formats.davis import INDEX_MASK, read_index_mask, write_index_mask
from xmem_gui.formats.pictures import PICTURE
from xmem_gui.outputs import bears, mark

_QUALITY = 95


@dataclass(frozen=True)
class MadeScores:
    """Scores of the made clips.

    Attributes
    ----------
    clips
        Scores of each clip; clips are named ``<difficulty>-<number>``.
    j_after_return
        Mean J, 0 to 100, over the frames from where object 1 is seen again after it was gone, by clip;
        without the clips in which it never is.
    """

    clips: VosScores
    j_after_return: Mapping[str, float]

    @property
    def difficulties(self) -> dict[str, VosScores]:
        """The clips' scores by difficulty."""
        named = {
            difficulty: {
                name: scores
                for name, scores in self.clips.sequences.items()
                if name.rpartition("-")[0] == difficulty
            }
            for difficulty in DIFFICULTIES
        }
        return {difficulty: VosScores(scores) for difficulty, scores in named.items() if scores}

    def after_return(self, difficulty: str) -> float | None:
        """Return the mean of `j_after_return` over a difficulty's clips; None if it has none."""
        found = [j for name, j in self.j_after_return.items() if name.rpartition("-")[0] == difficulty]
        return fmean(found) if found else None

    def as_dict(self) -> dict[str, Any]:
        """Return what is written as JSON: numbers, texts and dictionaries of them."""
        means = {
            name: {"j": one.j, "f": one.f, "j_and_f": one.j_and_f, "j_after_return": self.after_return(name)}
            for name, one in self.difficulties.items()
        }
        return {"difficulties": means, "j_after_return": dict(self.j_after_return)} | self.clips.as_dict()


def make_clips(
    root: Path,
    *,
    seed: int = 1,
    clips: int = 3,
    difficulties: Collection[str] = tuple(DIFFICULTIES),
    art: Art | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[str]:
    """Write clips of 60 frames, 854 x 480, in the DAVIS layout; equal arguments give equal files.

    Parameters
    ----------
    root
        Folder for ``JPEGImages/480p`` and ``Annotations/480p``; earlier clips of the same names are replaced.
    seed
        Decides everything about the clips.
    clips
        How many of each difficulty; the first ones stay the same when there are more.
    difficulties
        Which difficulties to draw clips of: keys of `DIFFICULTIES`.
    art
        Where backdrops and objects come from; drawn if not given.
    progress
        Is told the clip's name, and the frames written of how many.

    Returns
    -------
    list of str
        The clips' names.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    names = []
    for difficulty in difficulties:
        for clip in range(clips):
            name = f"{difficulty}-{clip}"
            pictures, masks = (root / kind / "480p" / name for kind in ("JPEGImages", "Annotations"))
            try:
                for folder in (pictures, masks):
                    folder.mkdir(parents=True, exist_ok=True)
                    _check_own(folder)
                scene = make_scene(difficulty, seed=seed, clip=clip, art=art or DrawnArt())
                for frame, (picture, mask) in enumerate(render(scene)):
                    Image.fromarray(picture).save(
                        pictures / f"{frame:05d}.jpg", quality=_QUALITY, comment=mark(PICTURE).encode()
                    )
                    write_index_mask(masks / f"{frame:05d}.png", mask)
                    if progress is not None:
                        progress(name, frame + 1, FRAMES)
            except OSError as error:
                raise OutputError(
                    f"The clip '{pictures}' cannot be written: {error.strerror or error}."
                ) from error
            names.append(name)
    return names


def _check_own(folder: Path) -> None:
    for path in folder.iterdir():
        if not path.name.startswith(".") and not bears(path, (PICTURE, INDEX_MASK)):
            raise OutputError(
                f"The folder '{folder}' holds files that this program did not draw, such as '{path.name}': "
                "choose another place."
            )


def evaluate_made(
    root: Path,
    names: Collection[str],
    segment: Segment,
    *,
    out: Path,
    settings: Mapping[str, object] | None = None,
    progress: VosProgress | None = None,
) -> MadeScores:
    """Run a method on clips of `make_clips` and score it; writes ``made.json`` beside `evaluate_vos`'s files.

    Parameters
    ----------
    root, names
        Where the clips are, and those wanted.
    segment, out, settings, progress
        As for `evaluate_vos`; clips that were finished with equal settings are not run again.

    Raises
    ------
    MediaError, MaskError, OutputError
        As `evaluate_vos` does.
    """
    scores = evaluate_vos(
        root, segment, out=out, resume=True, sequences=names, settings=settings, progress=progress
    )
    returns = {clip.name: _j_after_return(clip, out / clip.name) for clip in find_sequences(root, names)}
    made = MadeScores(scores, {name: j for name, j in returns.items() if j is not None})
    replace_text(out / "made.json", json.dumps(made.as_dict(), indent=2) + "\n")
    return made


def _j_after_return(clip: Sequence, predictions: Path) -> float | None:
    seen = np.array([1 in numbers for numbers in clip.objects.values()])
    returns = np.flatnonzero(seen[1:] & ~seen[:-1]) + 1
    if not returns.size:
        return None
    similarities = []
    for frame in range(int(returns[0]), clip.scored_frames[-1] + 1):
        ours = read_index_mask(predictions / clip.mask_names[frame], objects=range(256))
        similarities.append(region_similarity(ours == 1, clip.truth(frame) == 1))
    return 100 * fmean(similarities)
