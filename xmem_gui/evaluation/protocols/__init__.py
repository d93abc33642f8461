"""The protocols by which data sets of video object segmentation are evaluated."""

from pathlib import Path

from xmem_gui.errors import MediaError
from xmem_gui.evaluation.protocols.base import Archive, VosProtocol
from xmem_gui.evaluation.protocols.davis import (
    DAVIS_2016,
    DAVIS_2017,
    DAVIS_2017_TEST,
    LAYOUT,
    LONG_TIME,
    MOSE,
)
from xmem_gui.evaluation.protocols.meta import LVOS, YOUTUBE_2018, YOUTUBE_2019
from xmem_gui.evaluation.protocols.overlapping import BURST, SAV, BurstSequence, SavSequence

PROTOCOLS: dict[str, VosProtocol] = {
    protocol.id: protocol
    for protocol in (
        DAVIS_2017, DAVIS_2017_TEST, DAVIS_2016, YOUTUBE_2018, YOUTUBE_2019, LVOS, SAV, BURST, LONG_TIME,
        MOSE, LAYOUT,
    )
}  # fmt: skip
"""By name, in the order in which a folder is tried for them."""

__all__ = [
    "DAVIS_2016",
    "LAYOUT",
    "PROTOCOLS",
    "Archive",
    "BurstSequence",
    "SavSequence",
    "VosProtocol",
    "find_protocol",
]


def find_protocol(root: Path, name: str | None = None) -> VosProtocol:
    """Return the protocol of a name, or the one whose layout a folder has.

    Raises
    ------
    MediaError
        If there is no such protocol, or the folder has no known layout.
    """
    if name is not None:
        if name not in PROTOCOLS:
            raise MediaError(f"There is no protocol '{name}': choose one of {', '.join(PROTOCOLS)}.")
        return PROTOCOLS[name]
    for protocol in PROTOCOLS.values():
        if protocol.recognises(root):
            return protocol
    raise MediaError(
        f"'{root}' has the layout of no known data set: it needs JPEGImages and Annotations with a folder "
        "for each sequence, or what the data set came with."
    )
