"""Reading XML as a stream of elements.

What can make a small file large is refused: document types and entities.
"""

from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from xmem_gui.errors import FormatError
from xmem_gui.formats.reading import MAX_TEXT_BYTES

_DEPTH = 64
_CHUNK = 2**16
_MAX_TEXT = 2**22


class Elements:
    """What a reader of a stream is told.

    Parameters
    ----------
    start
        Called with the path of open elements (the new one last) and its attributes.
    end
        Called with the path and the element's own text.
    """

    def __init__(
        self,
        start: Callable[[tuple[str, ...], dict[str, str]], None],
        end: Callable[[tuple[str, ...], str], None],
    ) -> None:
        self._start = start
        self._end = end
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element's start."""
        self._path.append(name)
        if len(self._path) > _DEPTH:
            raise FormatError("The XML file is nested too deeply.")
        self._text, self._length = [], 0
        self._start(tuple(self._path), attributes)

    def closed(self, name: str) -> None:
        """Take an element's end."""
        del name
        self._end(tuple(self._path), "".join(self._text))
        self._path.pop()
        self._text, self._length = [], 0

    def said(self, text: str) -> None:
        """Take text."""
        self._length += len(text)
        if self._length > _MAX_TEXT:
            raise FormatError("The XML file has a text that is too long.")
        self._text.append(text)


def read_xml(path: Path, elements: Elements) -> None:
    """Read a file through.

    Refused are files that are not well-formed, above `MAX_TEXT_BYTES`, or declare a document type.
    """
    if not path.is_file():
        raise FormatError(f"There is no file '{path}'.")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = elements.opened
    parser.EndElementHandler = elements.closed
    parser.CharacterDataHandler = elements.said
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = None
    read = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                read += len(chunk)
                if read > MAX_TEXT_BYTES:
                    raise FormatError(
                        f"'{path}' is above {MAX_TEXT_BYTES // 2**20} MiB, the most that is read; split it."
                    )
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FormatError(f"'{path}' is not valid XML ({error}).") from error


def _refuse(*_: object) -> None:
    raise FormatError("The XML file declares a document type or entities, which are not read.")
