"""Memory over a long video: a clip in a loop, 10,000 frames, resident set and tier sizes.

python benchmarks/long_video.py [--frames 10000] [--size 128] [--json OUT] [--plot OUT.png]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.annotator import EngineSettings, make_engine, memory_of
from xmem_gui.assets import asset
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.heap import keep_heap
from xmem_gui.video import CachedSource, open_source


def resident_mib() -> float:
    """Return this process's resident set (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=128, help="the network's shorter side")
    parser.add_argument("--long-term", type=int, default=2_000, help="limit of long-term memory, in tokens")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--plot", type=Path, metavar="OUT.png")
    options = parser.parse_args()
    keep_heap()
    memory = memory_of("compact", max_long_term_tokens=options.long_term)
    engine = make_engine(EngineSettings(size=options.size, memory=memory))
    rows = []
    began = time.perf_counter()
    with CachedSource(open_source(asset("sample/sample.mp4")), budget_bytes=32 * 2**20) as video:
        mask = read_index_mask(asset("sample/sample.png"))
        # Back and forth, so that the loop has no cut.
        period = 2 * (len(video) - 1)
        for frame in range(options.frames):
            place = frame % period
            image = video.frame(min(place, period - place))
            given = {1: mask == 1, 2: mask == 2} if frame == 0 else None
            engine.step(frame, image, given, permanent=True).index_mask()
            if (frame + 1) % 100 == 0:
                sizes = engine.memory.sizes
                rows.append((frame + 1, resident_mib(), sizes.working, sizes.long_term))
    seconds = time.perf_counter() - began
    early = next(row for row in rows if row[0] >= min(1000, options.frames // 2))
    tokens = early[2] // max(1, memory.max_working_frames - 1)
    print(f"{'frame':>7}{'resident MiB':>14}{'working':>9}{'long-term':>11}")
    for row in (early, *rows[9::10]):
        print(f"{row[0]:7}{row[1]:14.1f}{row[2]:9}{row[3]:11}")
    ratio = rows[-1][1] / early[1]
    print(f"resident set at frame {rows[-1][0]} / at frame {early[0]}: {ratio:.4f}")
    print(f"long-term at most {max(row[3] for row in rows)} of {memory.max_long_term_tokens} tokens")
    print(f"{options.frames / seconds:.1f} frames/s")
    if options.json:
        facts = {"ratio": ratio, "rows": rows, "seconds": seconds, "tokens_a_frame": tokens}
        options.json.write_text(json.dumps(facts, indent=1) + "\n")
    if options.plot:
        plot(rows, options.plot)
    return 0


def plot(rows: list[tuple[int, float, int, int]], out: Path) -> None:
    """Draw resident set and long-term tokens over frames (needs matplotlib)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    frames, resident, _, long_term = zip(*rows, strict=True)
    figure, left = pyplot.subplots(figsize=(7, 3), layout="constrained")
    left.plot(frames, resident, color="tab:blue")
    left.set(xlabel="frame", ylabel="resident set (MiB)", ylim=(0, max(resident) * 1.2))
    right = left.twinx()
    right.plot(frames, long_term, color="tab:orange")
    right.set(ylabel="long-term memory (tokens)", ylim=(0, max(long_term) * 1.3 + 1))
    left.yaxis.label.set_color("tab:blue")
    right.yaxis.label.set_color("tab:orange")
    figure.savefig(out, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
