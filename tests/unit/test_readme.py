"""The README promises only commands and options that there are, and links only to what is there."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from xmem_gui.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "changelog.d/README.md",
    "docs/adr/README.md",
    "docs/architecture.md",
    "docs/plugins.md",
    "docs/scripting.md",
    "examples/README.md",
    "examples/plugin/README.md",
)
_CALL = re.compile(r"^\s*(?:.*&& )?(xmem-gui .+)$|`(xmem-gui [^`]+)`", re.MULTILINE)


def _calls() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf8")
    return sorted({line or inline for line, inline in _CALL.findall(text)})


@pytest.mark.parametrize("call", _calls())
def test_commands_and_options_exist(call: str) -> None:
    command = typer.main.get_command(app)
    words = shlex.split(call)[1:]
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_there_are_calls() -> None:
    assert len(_calls()) >= 6


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text(encoding="utf8"))
    local = [target for target in targets if "://" not in target]
    assert local
    assert [target for target in local if not (ROOT / page).parent.joinpath(target).exists()] == []
