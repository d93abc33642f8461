"""Scenes that are hard in one way each, and their frames with exact masks.

Everything is in pixels of a picture 480 high; a frame's masks come from the same alpha as its picture.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Doubles, Picture
from xmem_gui.evaluation.made_art import Art

WIDTH, HEIGHT, FRAMES = 854, 480, 60

_MARGIN = 40
"""How far the camera sways to each side."""
_MIDDLE = np.array([WIDTH / 2, HEIGHT / 2])
_TIME = np.arange(FRAMES)


@dataclass(frozen=True)
class Actor:
    """Something that moves through a scene.

    Attributes
    ----------
    picture
        (h, w, 4) uint8, RGB and alpha.
    number
        Its number in the masks; 0: not to be followed.
    centres
        (T, 2), x and y of its middle before the camera sways.
    sizes
        (T,), longer side of its picture as drawn.
    angles
        Angle on each frame, (T,) in radians.
    """

    picture: Picture
    number: int
    centres: Doubles
    sizes: Doubles
    angles: Doubles


@dataclass(frozen=True)
class Scene:
    """A backdrop wider than the view, the camera's shifts (T, 2), and actors from back to front."""

    backdrop: Picture
    camera: Doubles
    actors: tuple[Actor, ...]


def make_scene(difficulty: str, *, seed: int, clip: int, art: Art) -> Scene:
    """Set up one scene of a difficulty (a key of `DIFFICULTIES`); equal arguments give equal scenes."""
    rng = np.random.default_rng((seed, list(DIFFICULTIES).index(difficulty), clip))
    backdrop = art.backdrop(rng, HEIGHT + 2 * _MARGIN, WIDTH + 2 * _MARGIN)
    nowhere = np.zeros(backdrop.shape[:2], np.uint8)
    for _ in range(5):
        place = rng.uniform((0, 0), (backdrop.shape[1], backdrop.shape[0]))
        _draw(backdrop, nowhere, art.thing(rng), 0, place, rng.uniform(40, 140), rng.uniform(-1, 1))
    camera = _sway(rng, _MARGIN)
    return Scene(backdrop, camera, tuple(DIFFICULTIES[difficulty](art, rng, clip)))


def render(scene: Scene) -> Iterator[tuple[Picture, NDArray[np.uint8]]]:
    """Yield each frame (480, 854, 3), RGB, with its index mask (480, 854)."""
    for frame, shift in enumerate(scene.camera):
        x, y = -_MARGIN - shift
        view = np.array([[1, 0, x], [0, 1, y]])
        picture = np.asarray(cv2.warpAffine(scene.backdrop, view, (WIDTH, HEIGHT)), dtype=np.uint8)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        for actor in scene.actors:
            place = actor.centres[frame] - shift
            _draw(picture, mask, actor.picture, actor.number, place, actor.sizes[frame], actor.angles[frame])
        yield picture, mask


def _occlusion(art: Art, rng: np.random.Generator, clip: int) -> list[Actor]:
    """Go behind a wall, stay unseen for 20, 27 or 34 frames, and come out beyond it or where one went in."""
    size, hidden = rng.uniform(80, 120), 20 + 7 * (clip % 3)
    before = (FRAMES - hidden) // 2
    surface = art.backdrop(rng, 700, round(1.9 * size))
    wall = np.dstack([surface, np.full(surface.shape[:2], 255, np.uint8)])
    # However it is turned, an object reaches 0.71 of its size from its middle: here the wall hides all of it.
    unseen = (1.9 / 2 - 0.71) * size
    end = unseen if clip % 2 == 0 else -unseen
    knots = (
        [0, before, before + hidden - 1, FRAMES - 1],
        [-unseen - 300, -unseen, end, end + np.sign(end) * 300],
    )
    path = _MIDDLE + _sway(rng, 20)
    path[:, 0] = WIDTH / 2 + np.interp(_TIME, *knots)
    return [
        _actor(rng, art.thing(rng), path, size),
        Actor(wall, 0, np.tile(_MIDDLE, (FRAMES, 1)), np.full(FRAMES, 700.0), np.zeros(FRAMES)),
    ]


def _fast(art: Art, rng: np.random.Generator, _clip: int) -> list[Actor]:
    """Swing round an ellipse by 1.4 to 3 times its own size a frame."""
    turn = rng.choice([-1, 1]) * np.cumsum(0.57 + 0.06 * np.sin(_TIME / 4)) + rng.uniform(0, 2 * np.pi)
    path = _MIDDLE + np.stack([300 * np.cos(turn), 165 * np.sin(turn)], axis=-1)
    return [_actor(rng, art.thing(rng), path, 52)]


def _twins(art: Art, rng: np.random.Generator, clip: int) -> list[Actor]:
    """Two or three that look the same pass each other; some are to be followed and some are not."""
    numbers = ((1, 0), (1, 2), (0, 1, 0))[clip % 3]
    picture, turn = art.thing(rng), 0.3 + 2 * np.pi * 0.9 * _TIME / FRAMES
    actors = []
    for place, number in enumerate(numbers):
        xs = WIDTH / 2 + 270 * np.cos(turn + 2 * np.pi * place / len(numbers))
        ys = HEIGHT / 2 + 45 * (place - (len(numbers) - 1) / 2) + _sway(rng, 8)[:, 1]
        actors.append(_actor(rng, picture, np.stack([xs, ys], axis=-1), 110, number=number))
    return actors


def _scale(art: Art, rng: np.random.Generator, clip: int) -> list[Actor]:
    """Grow to four times the size and shrink back, or the other way round."""
    sign = -1 if clip % 2 == 0 else 1
    sizes = 160 * 2.0 ** (sign * np.cos(2 * np.pi * _TIME / (FRAMES - 1)))
    return [_actor(rng, art.thing(rng), _MIDDLE + _sway(rng, np.array([120, 20])), sizes)]


def _tiny(art: Art, rng: np.random.Generator, clip: int) -> list[Actor]:
    """Be 11, 13 or 15 pixels long."""
    path = rng.uniform((200, 140), (650, 340)) + _sway(rng, 60)
    return [_actor(rng, art.thing(rng), path, 11 + 2 * (clip % 3))]


DIFFICULTIES: dict[str, Callable[[Art, np.random.Generator, int], list[Actor]]] = {
    "occlusion": _occlusion,
    "fast": _fast,
    "twins": _twins,
    "scale": _scale,
    "tiny": _tiny,
}
"""What makes the actors of each kind of scene; a place in it is part of the seed, so add at the end."""


def _actor(
    rng: np.random.Generator, picture: Picture, centres: Doubles, sizes: float | Doubles, *, number: int = 1
) -> Actor:
    angles = _sway(rng, 0.3)[:, 0]
    return Actor(picture, number, centres, np.broadcast_to(np.asarray(sizes, float), FRAMES), angles)


def _sway(rng: np.random.Generator, reach: float | Doubles) -> Doubles:
    """Return a smooth way to and fro (T, 2) that stays within `reach` of 0."""
    turns, phases = rng.uniform(0.4, 1, (2, 1, 2)), rng.uniform(0, 2 * np.pi, (2, 1, 2))
    waves = np.sin(turns * 2 * np.pi * _TIME[:, None] / FRAMES + phases)
    return np.asarray(reach * waves.mean(axis=0))


def _draw(
    frame: Picture,
    mask: NDArray[np.uint8],
    picture: Picture,
    number: int,
    centre: Doubles,
    size: float,
    angle: float,
) -> None:
    """Paste a picture into a frame and its mask, in place; a pixel is its own if it covers half of it."""
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    # Colours are weighed by alpha, so that none seeps in from outside the object.
    paint = picture.astype(np.float32)
    paint[..., :3] *= paint[..., 3:] / 255
    if scale < 1:
        shrunk = max(1, round(width * scale)), max(1, round(height * scale))
        paint = np.asarray(cv2.resize(paint, shrunk, interpolation=cv2.INTER_AREA), dtype=np.float32)
    rows, columns = paint.shape[:2]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    reach = np.abs(turn) @ (width, height) * scale / 2 + 2
    first, top = np.maximum(np.floor(centre - reach), 0).astype(int)
    last, bottom = np.minimum(np.ceil(centre + reach), (frame.shape[1], frame.shape[0])).astype(int)
    if first >= last or top >= bottom:
        return
    linear = turn * (width * scale / columns, height * scale / rows)
    shift = centre - (first, top) - linear @ ((columns - 1) / 2, (rows - 1) / 2)
    box = (int(last - first), int(bottom - top))
    paint = np.asarray(cv2.warpAffine(paint, np.column_stack([linear, shift]), box), dtype=np.float32)
    alpha = paint[..., 3:] / 255
    under = frame[top:bottom, first:last]
    under[...] = np.rint(under * (1 - alpha) + paint[..., :3])
    mask[top:bottom, first:last][alpha[..., 0] >= 0.5] = number
