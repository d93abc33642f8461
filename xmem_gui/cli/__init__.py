"""The commands; `sentences` says what their exit codes mean."""

from xmem_gui.cli.main import main

__all__ = ["main"]
