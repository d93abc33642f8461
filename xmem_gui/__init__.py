"""Annotate video: click an object, watch XMem follow it, fix what is wrong once, export exact masks."""

__version__ = "0.2.0"
