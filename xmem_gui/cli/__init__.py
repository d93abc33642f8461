"""The commands. Exit codes: 0 ok, 1 failure, 2 usage, 130 interrupted."""

from xmem_gui.cli.main import main

__all__ = ["main"]
