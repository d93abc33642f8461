"""How much work one import may ask for: a file of a few kilobytes must not take minutes.

The limits are on the whole file, and far above what annotations need: so many full pictures a frame, and one
for each few bytes of the file where masks have some of their own. What takes long within them is asked again
and again whether to stop.
"""

from collections.abc import Callable

from xmem_gui.formats.left_out import TooMuchError

_PICTURES = 64
"""Full pictures that the masks of one frame may cover together."""
_SPARE_PICTURES = 256
"""Full pictures that every file may cover beside that."""
_BYTES_A_PICTURE = 128
"""A mask of its own is hardly shorter than this in JSON or OpenEXR, with its name and all."""
_CROSSINGS = 2**18
"""Times that the outlines of one frame may cross a row of pixels (0.05 s)."""
_SPARE_CROSSINGS = 2**24
"""Times that those of every file may beside that (3 s)."""
_MOST_BYTES = 2**30
"""Bytes of run lengths that are kept of one file."""


class Budget:
    """What is left of the work that one file may ask for.

    Parameters
    ----------
    size
        (height, width) of the video in pixels.
    frames
        How many frames it has.
    check
        Called often; raises if the person wants to stop.
    """

    def __init__(self, size: tuple[int, int], frames: int, check: Callable[[], None] = lambda: None) -> None:
        self.check = check
        self._picture = max(size[0] * size[1], 2**16)
        self._pixels = (_PICTURES * frames + _SPARE_PICTURES) * self._picture
        self._crossings = _CROSSINGS * frames + _SPARE_CROSSINGS
        self._bytes = _MOST_BYTES

    def pixels(self, count: int) -> None:
        """Spend pixels that are filled or decoded.

        Raises
        ------
        TooMuchError
            If there are none left.
        Cancelled
            If the person wants to stop.
        """
        self.check()
        self._pixels -= count
        if self._pixels < 0:
            raise TooMuchError(
                "The masks of the file cover more pixels than any annotation of this video does; "
                "it may be damaged, or made to take long."
            )

    def allow(self, size: int) -> None:
        """Add what a file of so many bytes can need whose masks stand in it one by one."""
        self._pixels += size // _BYTES_A_PICTURE * self._picture

    def crossings(self, count: int) -> None:
        """Spend rows that edges of outlines cross; raises as `pixels`."""
        self.check()
        self._crossings -= count
        if self._crossings < 0:
            raise TooMuchError(
                "The outlines in the file are longer than those of any annotation of this video; "
                "it may be damaged, or made to take long."
            )

    def kept(self, count: int) -> None:
        """Spend bytes of masks that are kept in memory; raises as `pixels`."""
        self._bytes -= count
        if self._bytes < 0:
            raise TooMuchError("The masks of the file take more than 1 GiB of memory; split it.")
