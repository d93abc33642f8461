"""What the tests of other tools share: a small project, and the table of results in docs/formats.md."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xmem_gui.formats import MemoryAnnotation, ObjectInfo

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
BEGIN = "| tool | opened by it | written by it, imported |"
SIZE, FRAMES = (40, 56), 6
LARGE = (270, 480)
Note = Callable[..., None]
_ROWS: pytest.StashKey[dict[str, dict[str, list[str]]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-table", action="store_true", help="put the results into docs/formats.md")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.interop)


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Note what has been shown of a tool: ``note(tool, opened=..., imported=...)``."""

    def add(tool: str, **said: str) -> None:
        row = request.config.stash[_ROWS].setdefault(tool, {"opened": [], "imported": []})
        for column, text in said.items():
            if text not in row[column]:
                row[column].append(text)

    return add


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Replace the rows of the table, if all tests have passed and none was skipped."""
    if not session.config.getoption("--write-table", default=False):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus or reporter is None or reporter.stats.get("skipped"):
        print("\nThe table is written only if every test of every tool passes.")
        return
    rows = [
        f"| {tool} | {', '.join(row['opened']) or '-'} | {', '.join(row['imported']) or '-'} |"
        for tool, row in session.config.stash[_ROWS].items()
    ]
    lines = DOCS.read_text(encoding="utf-8").split("\n")
    start = lines.index(BEGIN) + 2
    end = next(place for place in range(start, len(lines)) if not lines[place].startswith("|"))
    DOCS.write_text("\n".join([*lines[:start], *rows, *lines[end:]]), encoding="utf-8")


def _masks(frame: int) -> dict[int, np.ndarray]:
    """Return the masks of a frame: holes, single pixels, corners that touch, late, gone and overlapping."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    distance = np.hypot(y - 18, x - 20 - frame)
    ring = (distance < 14) & (distance > 5)
    ring |= (y == 38) & (x % 7 == frame)
    corners = ((y // 2 + x // 2) % 2 == 0) & (y < 24) & (x > 24)
    bar = (abs(y - 20) < 3) & (x > 5) & (x < 50)
    bar[20, 10:40:3] = False
    found = {1: ring}
    if frame >= 2:
        found[2] = corners
    if frame < 4:
        found[7] = bar
    return found


def _small() -> MemoryAnnotation:
    objects = [ObjectInfo(1, "dog", (255, 0, 0)), ObjectInfo(2, "cat", (0, 255, 0), 1)]
    objects.append(ObjectInfo(7, "dog", (0, 0, 255)))
    found = MemoryAnnotation(SIZE, FRAMES, objects=objects, name="clip")
    for frame in range(FRAMES):
        for number, mask in _masks(frame).items():
            found.set(frame, number, mask)
    return found


def _large() -> MemoryAnnotation:
    """Make 40 objects of 8 names in 24 frames: masks of the small project, each at a place of its own."""
    height, width = LARGE
    objects = [ObjectInfo(n, f"kind {n % 8}", (n, 255 - n, 9), n % 3) for n in range(1, 41)]
    found = MemoryAnnotation(LARGE, 24, objects=objects, name="clip")
    for frame in range(24):
        for info in objects:
            piece = _masks((frame + info.id) % FRAMES).get((1, 2, 7)[info.id % 3])
            if piece is not None and (frame + info.id) % 11:
                mask = np.zeros(LARGE, bool)
                top, left = (37 * info.id) % (height - SIZE[0]), (53 * info.id + frame) % (width - SIZE[1])
                mask[top : top + SIZE[0], left : left + SIZE[1]] = piece
                found.set(frame, info.id, mask)
    return found


@pytest.fixture(params=[_small, _large], ids=["small", "large"])
def clip(request: pytest.FixtureRequest) -> MemoryAnnotation:
    found: MemoryAnnotation = request.param()
    for frame in range(found.frames):
        found.set_image(frame, np.full((*found.size, 3), 10 * frame, np.uint8))
    return found


@pytest.fixture
def pictures(clip: MemoryAnnotation, tmp_path: Path) -> Iterator[Path]:
    """A folder of the frames' pictures, as data sets have them."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for frame in range(clip.frames):
        image = clip.image(frame)
        assert image is not None
        Image.fromarray(image).save(folder / f"{frame:05d}.jpg")
    return folder
