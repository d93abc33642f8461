"""Objects with alpha to paste into clips: cut-outs, textured shapes, objects of stills and of real clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from xmem_gui.arrays import Mask, Picture
from xmem_gui.training.sources import RealClip, SourceStore, Still, StillKind

_Maker = Callable[[SourceStore, np.random.Generator, int], "Sprite | None"]

MIN_SIDE = 24
"""Smallest side in pixels of an object worth cutting out."""


@dataclass(frozen=True)
class Sprite:
    """An object: pictures (h, w, 4) of RGB and alpha, one for all frames or one for each."""

    pictures: tuple[Picture, ...]

    def at(self, frame: int) -> Picture:
        """Return the picture of a frame."""
        return self.pictures[min(frame, len(self.pictures) - 1)]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.pictures[0].shape[:2]
        return height, width


def draw_sprite(store: SourceStore, rng: np.random.Generator, *, frames: int) -> Sprite:
    """Draw one object of any kind the store can make."""
    makers: list[tuple[float, _Maker]]
    makers = [(3.0, noise_piece)] if store.photos else [(1.0, plain_piece)]
    if store.stills:
        makers.append((4.0, still_object))
    if store.cutouts:
        makers.append((2.0, cutout))
    if store.silhouettes:
        makers.append((3.0, textured_silhouette))
    if store.clips:
        makers.append((3.0, clip_object))
    weights = np.array([weight for weight, _ in makers])
    for _ in range(8):
        maker = makers[int(rng.choice(len(makers), p=weights / weights.sum()))][1]
        sprite = maker(store, rng, frames)
        if sprite is not None:
            return sprite
    return plain_piece(store, rng, frames)


def draw_relatives(store: SourceStore, rng: np.random.Generator, *, count: int, frames: int) -> list[Sprite]:
    """Draw several objects of one kind that are easily mistaken for each other."""
    kinds = []
    if len(store.people) >= count:
        kinds += ["people"] * 4
    if store.clips:
        kinds += ["clip"] * 3
    kinds.append("twins")
    kind = kinds[int(rng.integers(len(kinds)))]
    if kind == "people":
        numbers = rng.choice(store.people, count, replace=False)
        people = [cut_object(store.still(int(n)).image, store.still(int(n)).mask > 0) for n in numbers]
        found = [person for person in people if person is not None]
        if found:
            return found
    if kind == "clip":
        number = int(rng.integers(store.clips))
        stages = [clip_object(store, rng, frames, number=number) for _ in range(count)]
        found = [stage for stage in stages if stage is not None]
        if found:
            return [recolour(sprite, rng, 0.5) for sprite in found]
    first = draw_sprite(store, rng, frames=frames)
    return [first] + [recolour(first, rng, float(rng.uniform(0, 0.6))) for _ in range(count - 1)]


def cutout(store: SourceStore, rng: np.random.Generator, _frames: int) -> Sprite | None:
    """Return a cut-out, often recoloured or textured with a photo."""
    picture = store.cutout(int(rng.integers(store.cutouts)))
    sprite = Sprite((picture,))
    if rng.random() < 0.5:
        sprite = recolour(sprite, rng, 1.0)
    if rng.random() < 0.5 and store.photos:
        texture = photo_piece(store, rng, picture.shape[:2]).astype(np.float32)
        light = texture.mean(axis=2, keepdims=True) if rng.random() < 0.5 else texture
        factor = 1 + (light / 128.0 - 1) * rng.uniform(0.4, 1.0)
        rgb = np.clip(sprite.pictures[0][..., :3] * factor, 0, 255).astype(np.uint8)
        sprite = Sprite((np.dstack([rgb, picture[..., 3]]),))
    return sprite


def textured_silhouette(store: SourceStore, rng: np.random.Generator, _frames: int) -> Sprite | None:
    """Return a real object's outline filled with a piece of a photo."""
    shape = store.silhouette(int(rng.integers(store.silhouettes)))
    side = int(rng.integers(96, 200))
    factor = side / max(shape.shape)
    size = (max(8, round(shape.shape[1] * factor)), max(8, round(shape.shape[0] * factor)))
    alpha = cv2.resize(shape, size, interpolation=cv2.INTER_LINEAR)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 1.0 + 0.5 * factor)
    alpha = np.clip((alpha.astype(np.float32) - 128) * 3 + 128, 0, 255).astype(np.uint8)
    return Sprite((_textured(store, rng, alpha),))


def noise_piece(store: SourceStore, rng: np.random.Generator, _frames: int) -> Sprite | None:
    """Return a blob-shaped piece of a photo."""
    height, width = (int(side) for side in rng.integers(64, 192, 2))
    alpha = _blob(rng, height, width)
    return Sprite((_textured(store, rng, alpha),))


def plain_piece(_store: SourceStore, rng: np.random.Generator, _frames: int) -> Sprite:
    """Return a blob of smooth colours; needs no source at all."""
    height, width = (int(side) for side in rng.integers(48, 160, 2))
    colours = rng.integers(0, 256, (4, 4, 3)).astype(np.uint8)
    rgb = cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)
    return Sprite((np.dstack([rgb, _blob(rng, height, width)]),))


def still_object(store: SourceStore, rng: np.random.Generator, _frames: int) -> Sprite | None:
    """Return an object cut out of a still, None if the drawn one is too small or cut by the border."""
    still = store.draw_still(rng)
    return cut_object(still.image, still_region(still, rng))


def still_region(still: Still, rng: np.random.Generator) -> Mask:
    """Choose one object of a still: a value, or all parts together."""
    if still.kind is StillKind.PARTS and rng.random() < 0.7:
        return still.mask > 0
    values, counts = np.unique(still.mask[still.mask > 0], return_counts=True)
    if len(values) == 0:
        return still.mask > 0
    weights = np.sqrt(counts * (counts > 150) * (counts < still.mask.size * 0.6))
    if weights.sum() == 0:
        return np.asarray(still.mask == values[counts.argmax()])
    return np.asarray(still.mask == rng.choice(values, p=weights / weights.sum()))


def clip_object(
    store: SourceStore, rng: np.random.Generator, frames: int, *, number: int | None = None
) -> Sprite | None:
    """Return a real clip's object, cut out of consecutive frames so that it moves by itself."""
    clip = store.clip(int(rng.integers(store.clips)) if number is None else number)
    picked = pick_frames(rng, len(clip.frames), frames, top_stride=4)
    boxes = [bounding_box(clip.masks[index] > 0) for index in picked]
    found = [box for box in boxes if box is not None]
    if not found or boxes[0] is None:
        return None
    height = max(bottom - top for _, top, _, bottom in found) + 4
    width = max(right - left for left, _, right, _ in found) + 4
    if min(height, width) < MIN_SIDE:
        return None
    pictures = []
    for index, box in zip(picked, boxes, strict=True):
        left, top, right, bottom = box if box is not None else found[-1]
        pictures.append(_window(clip, index, ((left + right) // 2, (top + bottom) // 2), (height, width)))
    return Sprite(tuple(pictures))


def pick_frames(rng: np.random.Generator, available: int, wanted: int, *, top_stride: int) -> list[int]:
    """Pick frame numbers with a random stride, in either direction, at even or uneven steps."""
    longest = max(1, min(top_stride, (available - 1) // max(1, wanted - 1)))
    stride = int(rng.integers(1, longest + 1))
    steps = [0] * wanted if available < wanted else np.full(wanted, stride)
    if stride > 1 and rng.random() < 0.5:
        steps = rng.integers(1, stride + 1, wanted)
    offsets = np.cumsum(steps) - steps[0]
    start = int(rng.integers(0, max(1, available - int(offsets[-1]))))
    picked = [min(start + int(offset), available - 1) for offset in offsets]
    return picked[::-1] if rng.random() < 0.5 else picked


def bounding_box(mask: Mask) -> tuple[int, int, int, int] | None:
    """Return (left, top, right, bottom) of what is set, right and bottom exclusive; None if nothing is."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if len(columns) == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def cut_object(image: Picture, mask: Mask) -> Sprite | None:
    """Cut what the mask covers out of the image; None if it is too small."""
    box = bounding_box(mask)
    if box is None or min(box[2] - box[0], box[3] - box[1]) < MIN_SIDE:
        return None
    left, top, right, bottom = box
    alpha = soft_alpha(mask[top:bottom, left:right])
    return Sprite((np.dstack([image[top:bottom, left:right], alpha]),))


def soft_alpha(mask: Mask) -> Picture:
    """Turn a mask into alpha (0 to 255) that falls off inside its edge, so that no background comes along."""
    alpha = cv2.erode(mask.astype(np.uint8) * 255, np.ones((2, 2), np.uint8))
    return np.asarray(cv2.GaussianBlur(alpha, (3, 3), 0.7), dtype=np.uint8)


def recolour(sprite: Sprite, rng: np.random.Generator, strength: float) -> Sprite:
    """Shift hue, saturation and lightness; strength 0 changes nothing, 1 may change every colour."""
    hue = rng.uniform(-90, 90) * strength
    saturation = 1 + rng.uniform(-0.6, 0.6) * strength
    value = 1 + rng.uniform(-0.4, 0.3) * strength
    pictures = []
    for picture in sprite.pictures:
        hsv = cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_RGB2HSV).astype(np.float32)
        hsv[..., 0] = (hsv[..., 0] + hue) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * saturation, 0, 255)
        hsv[..., 2] = np.clip(hsv[..., 2] * value, 0, 255)
        pictures.append(np.dstack([cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), picture[..., 3]]))
    return Sprite(tuple(pictures))


def shrunk(sprite: Sprite, scale: float) -> tuple[Sprite, float]:
    """Make a sprite that will be drawn small smaller by averaging; returns it and the scale left."""
    if scale > 0.6:
        return sprite, scale
    height, width = sprite.size
    size = (max(4, round(width * scale * 1.2)), max(4, round(height * scale * 1.2)))
    pictures = tuple(_average(picture, size) for picture in sprite.pictures)
    return Sprite(pictures), scale * height / size[1]


def _average(picture: Picture, size: tuple[int, int]) -> Picture:
    """Resize a picture with alpha; its colours are weighed by alpha, so that none seeps in from outside."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    weighed = np.dstack([picture[..., :3] * alpha, alpha])
    small = cv2.resize(weighed, size, interpolation=cv2.INTER_AREA)
    rgb = small[..., :3] / np.maximum(small[..., 3:], 1e-3)
    return np.asarray(np.dstack([np.clip(rgb, 0, 255), small[..., 3:] * 255]), dtype=np.uint8)


def photo_piece(store: SourceStore, rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a random piece of a random photo, resized to (height, width)."""
    photo = store.photo(int(rng.integers(store.photos)))
    side = rng.uniform(0.3, 1.0) * min(photo.shape[0] / size[0], photo.shape[1] / size[1])
    height, width = max(2, int(size[0] * side)), max(2, int(size[1] * side))
    top = int(rng.integers(0, photo.shape[0] - height + 1))
    left = int(rng.integers(0, photo.shape[1] - width + 1))
    piece = photo[top : top + height, left : left + width]
    return np.asarray(cv2.resize(piece, (size[1], size[0]), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _textured(store: SourceStore, rng: np.random.Generator, alpha: Picture) -> Picture:
    if not store.photos:
        colours = rng.integers(0, 256, (5, 5, 3)).astype(np.uint8)
        return np.dstack([cv2.resize(colours, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR), alpha])
    rgb = photo_piece(store, rng, (alpha.shape[0], alpha.shape[1]))
    return np.dstack([rgb, alpha])


def _blob(rng: np.random.Generator, height: int, width: int) -> Picture:
    grid = int(rng.integers(3, 8))
    noise = cv2.resize(
        rng.normal(0, 1, (grid, grid)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    ys = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    xs = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    inside = 1.3 - 2.2 * (xs**2 + ys**2) + noise * rng.uniform(0.2, 0.9)
    edge = np.minimum(1 - np.abs(xs), 1 - np.abs(ys)) * 12
    return np.asarray(np.clip(np.minimum(inside * 12, edge) * 255, 0, 255), dtype=np.uint8)


def _window(clip: RealClip, frame: int, centre: tuple[int, int], size: tuple[int, int]) -> Picture:
    """Cut a window of fixed size around a point, transparent where it leaves the picture."""
    height, width = size
    window = np.zeros((height, width, 4), np.uint8)
    left, top = centre[0] - width // 2, centre[1] - height // 2
    frame_height, frame_width = clip.masks.shape[1:]
    x0, y0, x1, y1 = (
        max(left, 0),
        max(top, 0),
        min(left + width, frame_width),
        min(top + height, frame_height),
    )
    inner = window[y0 - top : y1 - top, x0 - left : x1 - left]
    inner[..., :3] = clip.frames[frame, y0:y1, x0:x1]
    inner[..., 3] = soft_alpha(clip.masks[frame, y0:y1, x0:x1] > 0)
    return window
