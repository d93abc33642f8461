"""Finding words in the guide's pages, and which part of it explains what is under the pointer. No widgets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^#+ +(.+)$")
_MARKS = re.compile(r"!\[[^\]]*\]\([^)]*\)|\[([^\]]*)\]\([^)]*\)|[`*]|^#+ +|[-:]{3,}")
_AROUND = 60
"""Letters shown before and behind the first word that was found."""


@dataclass(frozen=True)
class GuidePassage:
    """A part of a page: a heading and what stands below it.

    Attributes
    ----------
    page
        The file of the guide's page.
    title, heading
        What the page and the part are called; the heading is the title in the part before the first other.
    text
        Its words without marks, in one line.
    """

    page: Path
    title: str
    heading: str
    text: str

    def snippet(self, words: list[str]) -> str:
        """Return the words around the first of these that is in the text."""
        folded = self.text.casefold()
        places = [place for word in words if (place := folded.find(word)) >= 0]
        first = min(places, default=0)
        start, end = max(0, first - _AROUND), first + 2 * _AROUND
        found = self.text[start:end].strip()
        return ("…" if start else "") + found + ("…" if end < len(self.text) else "")


def passages(folder: Path) -> list[GuidePassage]:
    """Return all parts of all pages of a folder; pages that cannot be read are passed over."""
    found: list[GuidePassage] = []
    for page in sorted(folder.glob("*.md")):
        try:
            lines = page.read_text(encoding="utf8").splitlines()
        except (OSError, UnicodeError):
            continue
        title = heading = page.stem
        below: list[str] = []
        for line in [*lines, "# "]:
            match = _HEADING.match(line)
            if match is None and line != "# ":
                below.append(line)
                continue
            if text := " ".join(" ".join(_plain(one) for one in below).split()):
                found.append(GuidePassage(page, title, heading, text))
            below = []
            if match is not None:
                heading = _plain(match[1]).strip()
                title = heading if line.startswith("# ") else title
    return found


def search(parts: list[GuidePassage], query: str) -> list[GuidePassage]:
    """Return the parts that have every word of a query, or a word that begins so; the best come first."""
    words = query.casefold().split()
    if not words:
        return []
    scored = []
    for order, part in enumerate(parts):
        name, text = f"{part.title} {part.heading}".casefold(), part.text.casefold()
        if all(_begins(word, name) or _begins(word, text) for word in words):
            named = sum(_begins(word, name) for word in words)
            often = sum(text.count(word) for word in words)
            scored.append((-named, -often, order, part))
    return [part for *_, part in sorted(scored, key=lambda row: row[:3])]


HELP_TOPICS = {
    "CanvasPanel": ("prompts.md", "Prompts"),
    "ExportDialog": ("import-export.md", "Export"),
    "HistoryDock": ("prompts.md", "By hand"),
    "ImportDialog": ("import-export.md", "Import"),
    "MatteEdgeDialog": ("import-export.md", "Soft edges"),
    "MemoryDock": ("memory.md", ""),
    "ModelsDialog": ("prompts.md", "Click models"),
    "ObjectsDock": ("prompts.md", "Objects"),
    "ReviewDock": ("reviewing.md", ""),
    "SettingsDialog": ("troubleshooting.md", ""),
    "ShortcutEditor": ("shortcuts.md", ""),
    "TimelinePanel": ("propagating.md", ""),
    "TrackButton": ("propagating.md", ""),
    "Welcome": ("getting-started.md", ""),
}
"""By the class of a part of the window: the page that explains it, and how its heading begins."""
HELP_OF_ACTIONS = {
    "propagate": ("propagating.md", ""),
    "view.matte_edge": ("import-export.md", "Soft edges"),
    "tool.brush": ("prompts.md", "By hand"),
    "tool.eraser": ("prompts.md", "By hand"),
    "tool.polygon": ("prompts.md", "By hand"),
    "tool": ("prompts.md", "Prompts"),
}
"""By the id of an action, or what it begins with."""


def _plain(line: str) -> str:
    return _MARKS.sub(lambda found: found[1] or "", line).replace("|", " ")


def _begins(word: str, text: str) -> bool:
    """Tell whether a word of the text begins with this one."""
    return re.search(rf"(?<!\w){re.escape(word)}", text) is not None
