"""A thousand spoilt files to import: none may crash, hang, write, or take more memory than stated.

Good exports of every format that is read are mutated in one place (bytes flipped, cut, doubled; JSON values
replaced by nasty ones; PNG headers and chunks changed with checksums that fit) and imported as a person
would. Each must be read or refused by an error of the program's own. Then a few bombs: files small on disk
that would be large in memory.

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
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "unit" / "formats"))

from hostile_cases import FORMATS, Sample, every_importer, importer_of, make_samples, mutate, read_all

SLOWEST_ALLOWED = 5.0
"""Seconds one file may take."""
MEMORY_ALLOWED = 64 * 2**20
"""Bytes by which mutated files, each below 100 kB, may raise the peak of the process."""
BOMB_MEMORY_ALLOWED = 768 * 2**20
"""Bytes for the bombs: JSON of 16 MiB is parsed before it can be refused, at up to 30 times its size."""


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


@dataclass
class Findings:
    """What came of mutants and bombs; failures in words."""

    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    grown: int = 0
    bomb_growth: int = 0
    bombs: dict[str, float] = field(default_factory=dict)

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
    found.check_limits()
    return found


def show(found: Findings, cases: int) -> None:
    print(f"{'format':16s}{'read':>8s}{'refused':>9s}")
    for name in FORMATS:
        print(f"{name:16s}{found.results[name, 'read']:8d}{found.results[name, 'refused']:9d}")
    print(f"\nslowest: {1000 * found.slowest[0]:.0f} ms ({found.slowest[1]})")
    print(
        f"memory above the start: {found.grown / 2**20:.0f} MiB by mutants, "
        f"{found.bomb_growth / 2**20:.0f} MiB by bombs"
    )
    print("bombs, tried as every format (s): " + ", ".join(f"{k} {v:.1f}" for k, v in found.bombs.items()))
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
            "failures": found.failures,
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if found.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
