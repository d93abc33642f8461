"""tifffile, OpenEXR and PyAV open exports, and what tifffile writes is imported."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interop_checks import assert_imported, layered

from xmem_gui.formats import MemoryAnnotation, export
from xmem_gui.formats.exr import layer_names


def matte(clip: MemoryAnnotation, frame: int) -> np.ndarray:
    return np.where(layered(clip, frame) > 0, 255, 0)


def test_tifffile_opens_a_stack(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    tifffile = pytest.importorskip("tifffile")
    (path,) = export(clip, "label-tiff", tmp_path)
    with tifffile.TiffFile(path) as file:
        assert file.is_imagej
        assert file.series[0].axes == "TYX"
        found = file.asarray()
    np.testing.assert_array_equal(found, [layered(clip, frame) for frame in range(clip.frames)])
    note("tifffile", opened="`label-tiff` exact, a series in time")


def test_tifffile_opens_the_cell_tracking_layout(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    tifffile = pytest.importorskip("tifffile")
    export(clip, "ctc", tmp_path)
    found = tifffile.imread(str(tmp_path / "clip_GT" / "TRA" / "man_track*.tif"))
    # What comes back has a label of its own there, which goes on from the one that it had.
    lines = (tmp_path / "clip_GT" / "TRA" / "man_track.txt").read_text().splitlines()
    parents = {int(label): int(parent) for label, _, _, parent in map(str.split, lines)}
    first = np.arange(found.max() + 1)
    for label, parent in sorted(parents.items()):
        first[label] = first[parent] if parent else label
    np.testing.assert_array_equal(first[found], [layered(clip, frame) for frame in range(clip.frames)])
    note("tifffile", opened="`ctc` exact")


@pytest.mark.parametrize(
    "how", [{}, {"compression": "zlib"}, {"bigtiff": True}, {"imagej": True}, {"ome": True}]
)
def test_what_tifffile_writes_is_imported(
    how: dict[str, Any], clip: MemoryAnnotation, tmp_path: Path, note: Any
) -> None:
    tifffile = pytest.importorskip("tifffile")
    stack = np.stack([layered(clip, frame) for frame in range(clip.frames)])
    tifffile.imwrite(tmp_path / "labels.tif", stack, photometric="minisblack", **how)
    assert_imported(clip, tmp_path / "labels.tif", flat=True)
    note("tifffile", imported="stacks (plain, zlib, BigTIFF, ImageJ, OME) exact")


def test_openexr_opens_layers(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    openexr = pytest.importorskip("OpenEXR")
    export(clip, "exr", tmp_path)
    layers = {
        f"{name}.A": info.id for name, info in zip(layer_names(clip.objects), clip.objects, strict=True)
    }
    assert {"dog_1.A", "cat.A", "dog_7.A"} == set(layers) or len(layers) == 40
    for frame in range(clip.frames):
        with openexr.File(str(tmp_path / "clip-exr" / f"{frame:05d}.exr")) as file:
            channels = file.channels()
            assert set(channels) == set(layers)
            for name, number in layers.items():
                mask = clip.mask(frame, number)
                wanted = np.zeros(clip.size) if mask is None else mask
                np.testing.assert_array_equal(channels[name].pixels, wanted)
    (tmp_path / "clip-exr.objects.json").unlink()  # as if a compositor had written them
    assert_imported(clip, tmp_path / "clip-exr")
    note("OpenEXR", opened="`exr` exact", imported="layers exact")


def frames_of(path: Path, pixels: str) -> list[np.ndarray]:
    av = pytest.importorskip("av")
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format=pixels) for frame in file.decode(video=0)]


@pytest.mark.parametrize(("format_id", "off"), [("matte", 0), ("matte-animation", 0), ("matte-prores", 24)])
def test_pyav_opens_mattes(
    format_id: str, off: int, clip: MemoryAnnotation, tmp_path: Path, note: Any
) -> None:
    (path,) = export(clip, format_id, tmp_path)
    found = frames_of(path, "gray")
    assert len(found) == clip.frames
    furthest = max(
        int(np.abs(values.astype(int) - matte(clip, frame)).max()) for frame, values in enumerate(found)
    )
    assert furthest <= off
    exact = "exact" if furthest == 0 else f"within {furthest} of 255"
    note("PyAV", opened=f"`{format_id}` {exact}")


def test_pyav_opens_alpha(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    (path,) = export(clip, "alpha-ffv1", tmp_path)
    for frame, values in enumerate(frames_of(path, "bgra")):
        np.testing.assert_array_equal(values[..., 3], matte(clip, frame))
        np.testing.assert_array_equal(values[..., 2::-1], clip.image(frame))
    note("PyAV", opened="`alpha-ffv1` exact")


def test_pyav_opens_the_alpha_of_prores(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    av = pytest.importorskip("av")
    (path,) = export(clip, "alpha-prores", tmp_path)
    height, width = clip.size
    with av.open(str(path)) as file:
        for number, frame in enumerate(file.decode(video=0)):
            plane = frame.planes[3]
            rows = np.frombuffer(plane, np.uint16).reshape(-1, plane.line_size // 2)[:height, :width]
            top = 1023 if "10" in frame.format.name else 4095
            np.testing.assert_array_equal(rows, np.where(matte(clip, number), top, 0))
    note("PyAV", opened="`alpha-prores` alpha exact")
