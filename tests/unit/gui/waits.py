"""How long tests of the window wait for what other threads do."""

WAIT = 180_000
"""Milliseconds after which waiting has failed. A machine may be busy: only what fails takes so long."""
