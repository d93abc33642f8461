from pathlib import Path

import numpy as np
import pytest

from xmem_gui.errors import XmemGuiError
from xmem_gui.training import ClipSources, SourceStore
from xmem_gui.training.sources import StillKind


def test_finds_every_source_of_a_folder(store: SourceStore) -> None:
    assert (store.photos, store.stills, store.cutouts, store.silhouettes, store.clips) == (12, 6, 2, 2, 2)


def test_knows_what_the_masks_of_a_still_mean(store: SourceStore) -> None:
    assert [store.still(number).kind for number in range(3)] == [
        StillKind.OBJECTS,
        StillKind.PARTS,
        StillKind.REGIONS,
    ]
    assert store.people == [1, 4]


def test_frame_k_of_a_clip_has_mask_k(store: SourceStore) -> None:
    clip = store.clip(0)
    assert len(clip.frames) == len(clip.masks) == 9
    for frame, mask in zip(clip.frames, clip.masks, strict=True):
        red = frame[..., 0].astype(int) - frame[..., 2] > 80
        assert (red & (mask > 0)).sum() / (red | (mask > 0)).sum() > 0.9


def test_colours_are_rgb(store: SourceStore) -> None:
    assert tuple(store.cutout(0)[20, 20]) == (200, 80, 20, 255)
    assert set(np.unique(store.silhouette(0))) == {0, 255}


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XmemGuiError, match="give the folder of the training data"):
        ClipSources.in_folder(tmp_path)


def test_no_source_counts_as_false() -> None:
    assert not ClipSources()
    assert SourceStore(ClipSources()).photos == 0


def test_a_broken_photo_is_named(tmp_path: Path) -> None:
    (tmp_path / "backgrounds").mkdir()
    (tmp_path / "backgrounds" / "bad.jpg").write_bytes(b"no picture")
    store = SourceStore(ClipSources.in_folder(tmp_path))
    with pytest.raises(XmemGuiError, match=r"bad\.jpg"):
        store.photo(0)
