"""Draw who imports whom into docs/architecture.md, from the code: ``python docs/make_structure.py``."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import grimp

PAGE = Path(__file__).with_name("architecture.md")
_BEGIN, _END = "<!-- made by docs/make_structure.py -->\n", "<!-- end -->"
_WORDS = {
    "cli": "the commands",
    "gui": "the window",
    "evaluation": "scores",
    "training": "training",
    "cluster": "many videos, many machines",
    "annotator": "the application without a window",
    "formats": "import and export",
    "project": "the document",
    "video": "frames by number",
    "interaction": "prompts to masks",
    "propagation": "the engine",
    "memory": "the four tiers",
    "model": "networks, checkpoints",
}
"""The packages, from the top down; everything else is the ground floor."""
_GROUND = "ground"


def edges() -> set[tuple[str, str]]:
    """Return which package imports which, all modules of the ground floor being one."""
    graph = grimp.build_graph("xmem_gui", cache_dir=None)
    found: set[tuple[str, str]] = set()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            pair = _room(importer), _room(imported)
            if pair[0] and pair[1] and pair[0] != pair[1]:
                found.add(pair)
    return found


def reduced(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the pairs that do not follow from others: what is imported by way of another is not drawn."""
    names = {name for pair in pairs for name in pair}
    reach = set(pairs)
    for middle, left, right in product(names, repeat=3):
        if (left, middle) in reach and (middle, right) in reach:
            reach.add((left, right))
    return {
        (left, right)
        for left, right in pairs
        if not any((left, middle) in reach and (middle, right) in reach for middle in names)
    }


def drawing() -> str:
    """Return the diagram as Mermaid's text."""
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'    {name}["{name}<br/><i>{words}</i>"]' for name, words in _WORDS.items()]
    lines.append(f'    {_GROUND}[("ground floor<br/><i>errors, files, device, arrays, plugins, ...</i>")]')
    order = [*_WORDS, _GROUND]
    pairs = sorted(reduced(edges()), key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
    lines += [f"    {importer} --> {imported}" for importer, imported in pairs]
    return "\n".join([*lines, "```\n"])


def page() -> str:
    """Return the whole page with the diagram as it is now."""
    text = PAGE.read_text(encoding="utf8")
    made = re.compile(re.escape(_BEGIN) + ".*?" + re.escape(_END), re.DOTALL)
    return made.sub(lambda _: _BEGIN + drawing() + _END, text)


def _room(module: str) -> str:
    name = module.split(".")[1] if "." in module else ""
    if not name or name == "__main__":
        return ""
    return name if name in _WORDS else _GROUND


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
