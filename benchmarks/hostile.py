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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "unit" / "formats"))

from hostile_cases import every_importer, importer_of, make_samples, mutate, read_all

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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    results: Counter[tuple[str, str]] = Counter()
    slowest, failures = (0.0, ""), []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        samples = make_samples(root / "good")
        for sample in samples:
            if read_all(sample.folder / sample.path, importer_of(sample)) < 1:
                raise SystemExit(f"the good sample of {sample.format_id} is not read")
        good, before = snapshot(root / "good"), peak()
        for seed in range(options.seed, options.seed + options.cases):
            sample = samples[seed % len(samples)]
            folder = root / "bad"
            what = mutate(sample, folder, seed)
            inside = snapshot(folder)
            start = time.perf_counter()
            try:
                count = read_all(
                    folder / sample.path, importer_of(sample), ("refuse", "repair", "keep")[seed % 3]
                )
                results[sample.format_id, "refused" if count < 0 else "read"] += 1
            except Exception as error:
                failures.append(f"{what}: {error!r}")
            slowest = max(slowest, (time.perf_counter() - start, what))
            if snapshot(folder) != inside or {path.name for path in root.iterdir()} != {"good", "bad"}:
                failures.append(f"{what}: something was written")
            shutil.rmtree(folder)
        if snapshot(root / "good") != good:
            failures.append("the good samples were changed")
        grown = peak() - before
        bombs = {}
        for path in make_bombs(root / "bombs"):
            start = time.perf_counter()
            try:
                every_importer(path)
            except Exception as error:
                failures.append(f"{path.name}: {error!r}")
            bombs[path.name] = time.perf_counter() - start
        bomb_growth = peak() - before
    print(f"{'format':16s}{'read':>8s}{'refused':>9s}")
    for name in (sample.format_id for sample in samples):
        print(f"{name:16s}{results[name, 'read']:8d}{results[name, 'refused']:9d}")
    print(f"\nslowest: {1000 * slowest[0]:.0f} ms ({slowest[1]})")
    print(
        f"memory above the start: {grown / 2**20:.0f} MiB by mutants, {bomb_growth / 2**20:.0f} MiB by bombs"
    )
    print("bombs, tried as every format (s): " + ", ".join(f"{k} {v:.1f}" for k, v in bombs.items()))
    if slowest[0] > SLOWEST_ALLOWED:
        failures.append(f"{slowest[1]} took {slowest[0]:.1f} s")
    if grown > MEMORY_ALLOWED or bomb_growth > BOMB_MEMORY_ALLOWED:
        failures.append("more memory was taken than allowed")
    print(f"{len(failures)} failures of {options.cases} cases and {len(bombs)} bombs")
    for failure in failures[:20]:
        print("  " + failure)
    if options.json:
        found = {
            "machine": platform.processor() or platform.machine(),
            "cases": options.cases,
            "results": {f"{k} {v}": n for (k, v), n in sorted(results.items())},
            "slowest_ms": 1000 * slowest[0],
            "memory_mib": grown / 2**20,
            "bomb_memory_mib": bomb_growth / 2**20,
            "bomb_seconds": bombs,
            "failures": failures,
        }
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
