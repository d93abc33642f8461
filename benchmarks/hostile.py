"""A thousand spoilt files to import: none may crash, hang, write, or take more memory than stated.

Good exports of every format that is read are mutated in one place (bytes flipped, cut, doubled; JSON values
replaced by nasty ones; PNG headers and chunks changed with checksums that fit) and imported as a person
would. Each must be read or refused by an error of the program's own, and what a plan promises must be what
is given. Then a few bombs: files small on disk that would be large in memory. Then files that would take
long, for a picture of 1920 x 1080: each must be done or refused soon, and a person who asks to stop must not
wait.

    python benchmarks/hostile.py [--cases 1000] [--seed 0] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "unit" / "formats"))

from hostile_cases import FORMATS, Sample, every_importer, importer_of, make_samples, mutate, read_all

from xmem_gui.errors import Cancelled, XmemGuiError
from xmem_gui.formats import open_import

SLOWEST_ALLOWED = 5.0
"""Seconds one file may take."""
MEMORY_ALLOWED = 64 * 2**20
"""Bytes by which mutated files, each below 100 kB, may raise the peak of the process."""
BOMB_MEMORY_ALLOWED = 768 * 2**20
"""Bytes for the bombs: JSON of 16 MiB is parsed before it can be refused, at up to 30 times its size."""

LONG_ALLOWED = 30.0
"""Seconds of the processor that a file of up to 5 MB which is made to take long may take."""
STOP_ALLOWED = 1.0
"""Seconds of the processor that stopping may take."""
SIZE_1080 = (1080, 1920)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_bombs(folder: Path) -> list[Path]:
    folder.mkdir()
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 30))
    bombs = {
        "entities.xml": f'<!DOCTYPE a [<!ENTITY e0 "x">{entities}]><annotations>&e29;</annotations>',
        "nested.xml": "<annotations>" + "<a>" * 2_000_000,
        "wide.json": '{"images": [' + "[],[]," * 2_500_000 + "[]]}",
        "nested.json": "[" * 8_000_000,
        "number.json": "9" * 8_000_000,
        "counts.json": '{"masklet": [[{"size": [24, 32], "counts": "'
        + "0" * 10**7
        + '"}]], "masklet_id": [1]}',
        "size.json": '{"masklet": [[{"size": [1000000, 1000000], "counts": "PPYo1"}]], "masklet_id": [1]}',
        "alias.yaml": "a: &a [x, x]\n"
        + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(100))
        + "names: [*b9]\n",
    }
    for name, text in bombs.items():
        (folder / name).write_text(text)
    return [folder / name for name in bombs]


def make_long(folder: Path) -> dict[str, tuple[Path, str]]:
    """Make files that ask for much work; return each with its format."""
    folder.mkdir()
    triangle = [0, 0, 1920, 0, 1920, 1080]
    full = [0, 0, 1920, 0, 1920, 1080, 0, 1080]
    image = {"id": 1, "file_name": "00000.png", "height": 1080, "width": 1920}

    def coco(name: str, segmentations: list[object], *, one: bool = False) -> Path:
        annotations = [
            {"id": n, "image_id": 1, "category_id": 1, "segmentation": s, "track_id": 1 if one else n + 1}
            for n, s in enumerate(segmentations)
        ]
        document = {"images": [image], "categories": [{"id": 1, "name": "c"}], "annotations": annotations}
        (folder / name).write_text(json.dumps(document, separators=(",", ":")))
        return folder / name

    one_run = {"size": [1080, 1920], "counts": [0, 1080 * 1920]}
    pairs = [[x, y] for x, y in zip(full[0::2], full[1::2], strict=True)]
    shape = {"label": "a", "points": pairs, "shape_type": "polygon"}
    labelme = folder / "labelme"
    labelme.mkdir()
    (labelme / "00000.json").write_text(json.dumps({"shapes": [shape] * 40_000}, separators=(",", ":")))
    yolo = folder / "yolo"
    yolo.mkdir()
    (yolo / "00000.txt").write_text("0 0 0 1 0 1 1 0 1\n" * 200_000)
    polygon = '<polygon label="a" points="0,0;1920,0;1920,1080;0,1080"/>'
    (folder / "cvat.xml").write_text(
        f'<annotations><image id="0" name="00000.png" width="1920" height="1080">{polygon * 60_000}'
        "</image></annotations>"
    )
    zigzag = [v for n in range(100_000) for v in (n % 1920, 1080 * (n % 2))]
    files = {
        "one object of 100,000 triangles": coco("rings.json", [[triangle] * 100_000]),
        "40,000 objects, each all of the picture": coco("full.json", [[full]] * 40_000),
        "40,000 run-length masks of one object": coco("join.json", [one_run] * 40_000, one=True),
        "one outline up and down 100,000 times": coco("zigzag.json", [[zigzag]]),
    }
    return {
        **{what: (path, "coco") for what, path in files.items()},
        "LabelMe, 40,000 shapes": (labelme, "labelme"),
        "YOLO, 200,000 lines": (yolo, "yolo-seg"),
        "CVAT, 60,000 polygons": (folder / "cvat.xml", "cvat"),
    }


def try_long(found: Findings, folder: Path) -> None:
    """Import each such file to its end, and again until a person stops it after half a second."""
    for what, (path, format_id) in make_long(folder).items():

        def work(path: Path, format_id: str, cancelled: Callable[[], bool]) -> str:
            try:
                plan = open_import(
                    path,
                    format_id,
                    size=SIZE_1080,
                    frame_names=["00000"],
                    first_number=0,
                    cancelled=cancelled,
                )
                return f"{sum(1 for _ in plan.read(cancelled=cancelled))} masks"
            except Cancelled:
                return "stopped"
            except XmemGuiError:
                return "refused"

        start = time.process_time()
        result = work(path, format_id, lambda: False)
        took = time.process_time() - start
        end = time.process_time() + 0.5
        end_result = work(path, format_id, lambda end=end: time.process_time() > end)
        late = time.process_time() - end if end_result == "stopped" else 0.0
        size = sum(f.stat().st_size for f in ([path] if path.is_file() else path.iterdir()))
        found.long[what] = (size, took, result, late)
        if took > LONG_ALLOWED:
            found.failures.append(f"{what}: {took:.0f} s")
        if late > STOP_ALLOWED:
            found.failures.append(f"{what}: stopped {late:.1f} s after it was asked")


@dataclass
class Findings:
    """What came of mutants and bombs; failures in words."""

    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    grown: int = 0
    bomb_growth: int = 0
    bombs: dict[str, float] = field(default_factory=dict)
    long: dict[str, tuple[int, float, str, float]] = field(default_factory=dict)
    """Bytes, seconds, what came of it, seconds from asking to stop until it did."""

    def check_limits(self) -> None:
        if self.slowest[0] > SLOWEST_ALLOWED:
            self.failures.append(f"{self.slowest[1]} took {self.slowest[0]:.1f} s")
        if self.grown > MEMORY_ALLOWED or self.bomb_growth > BOMB_MEMORY_ALLOWED:
            self.failures.append("more memory was taken than allowed")


def try_mutant(found: Findings, sample: Sample, root: Path, seed: int) -> None:
    folder = root / "bad"
    what = mutate(sample, folder, seed)
    inside = snapshot(folder)
    start = time.perf_counter()
    try:
        count = read_all(folder / sample.path, importer_of(sample), ("refuse", "repair", "keep")[seed % 3])
        found.results[sample.format_id, "refused" if count < 0 else "read"] += 1
    except Exception as error:
        found.failures.append(f"{what}: {error!r}")
    found.slowest = max(found.slowest, (time.perf_counter() - start, what))
    if snapshot(folder) != inside or {path.name for path in root.iterdir()} != {"good", "bad"}:
        found.failures.append(f"{what}: something was written")
    shutil.rmtree(folder)


def try_bombs(found: Findings, folder: Path) -> None:
    for path in make_bombs(folder):
        start = time.perf_counter()
        try:
            every_importer(path)
        except Exception as error:
            found.failures.append(f"{path.name}: {error!r}")
        found.bombs[path.name] = time.perf_counter() - start


def try_all(seeds: range) -> Findings:
    found = Findings()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        samples = make_samples(root / "good")
        for sample in samples:
            if read_all(sample.folder / sample.path, importer_of(sample)) < 1:
                raise SystemExit(f"the good sample of {sample.format_id} is not read")
        good, before = snapshot(root / "good"), peak()
        for seed in seeds:
            try_mutant(found, samples[seed % len(samples)], root, seed)
        if snapshot(root / "good") != good:
            found.failures.append("the good samples were changed")
        found.grown = peak() - before
        try_bombs(found, root / "bombs")
        found.bomb_growth = peak() - before
        try_long(found, root / "long")
    found.check_limits()
    return found


def show(found: Findings, cases: int) -> None:
    print(f"{'format':16s}{'read':>8s}{'refused':>9s}")
    for name in (*FORMATS, "voc"):
        print(f"{name:16s}{found.results[name, 'read']:8d}{found.results[name, 'refused']:9d}")
    print(f"\nslowest: {1000 * found.slowest[0]:.0f} ms ({found.slowest[1]})")
    print(
        f"memory above the start: {found.grown / 2**20:.0f} MiB by mutants, "
        f"{found.bomb_growth / 2**20:.0f} MiB by bombs"
    )
    print("bombs, tried as every format (s): " + ", ".join(f"{k} {v:.1f}" for k, v in found.bombs.items()))
    print(f"\n{'1920 x 1080, files made to take long':42s}{'MB':>6s}{'CPU s':>7s}{'stop, s':>9s}  result")
    for what, (size, took, result, late) in found.long.items():
        print(f"{what:42s}{size / 1e6:6.1f}{took:7.1f}{late:9.2f}  {result}")
    print(f"{len(found.failures)} failures of {cases} cases and {len(found.bombs)} bombs")
    for failure in found.failures[:20]:
        print("  " + failure)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    found = try_all(range(options.seed, options.seed + options.cases))
    show(found, options.cases)
    if options.json:
        figures = {
            "machine": platform.processor() or platform.machine(),
            "cases": options.cases,
            "results": {f"{k} {v}": n for (k, v), n in sorted(found.results.items())},
            "slowest_ms": 1000 * found.slowest[0],
            "memory_mib": found.grown / 2**20,
            "bomb_memory_mib": found.bomb_growth / 2**20,
            "bomb_seconds": found.bombs,
            "long": found.long,
            "failures": found.failures,
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if found.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
