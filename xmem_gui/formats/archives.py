"""Zip files as tools hand them out: checked whole, then unpacked to a place that goes with its last user."""

import contextlib
import shutil
import stat
import tempfile
import unicodedata
import weakref
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from xmem_gui.errors import Cancelled, FormatError

MAX_MEMBERS = 300_000
"""Archives with more files are refused."""
MAX_BYTES = 4 * 2**30
"""Archives whose files are larger, all together, are refused."""
_RATIO = 200
"""Masks and annotations compress to no less than a 200th; what claims more above `_SMALL` is a trap."""
_SMALL = 64 * 2**20
_ROOM = 256 * 2**20
"""Bytes to be left free on the disk."""
_WANTED = frozenset({".png", ".json", ".xml", ".txt", ".yaml", ".yml", ".names"})
_CHUNK = 2**20
_OTHERS = (".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")


class Unpacked:
    """The files of an archive that imports read, in a folder that is removed with this object.

    Attributes
    ----------
    folder
        Temporary folder that holds the unpacked files until this value is gone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def renamed(self, sentence: str, path: Path) -> str:
        """Return a sentence that names the archive in place of the folder."""
        return sentence.replace(f"{self.folder}/", f"{path}/").replace(str(self.folder), str(path))


def is_archive(path: Path) -> bool:
    """Tell whether a path is a zip file of files; NumPy's own are files of arrays."""
    return path.is_file() and path.suffix.lower() != ".npz" and zipfile.is_zipfile(path)


def refuse_other_archives(path: Path) -> None:
    """Raise a `FormatError` that says what to do with an archive that is no zip file."""
    if path.is_file() and path.suffix.lower() in _OTHERS:
        raise FormatError(
            f"'{path}' is an archive of another kind than zip; unpack it and choose its folder."
        )


def unpack_archive(path: Path, cancelled: Callable[[], bool] | None = None) -> Unpacked:
    """Unpack what imports can read of a zip file; pictures and other files stay in it.

    Raises
    ------
    FormatError
        If it has too many files or too much in them, a file with a name that leads out of it, a link, two
        files of one name, a password, or is damaged; nothing is unpacked then.
    Cancelled
        If `cancelled` returned true.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked(path, archive)
            place = Unpacked(Path(tempfile.mkdtemp(prefix="xmem-gui-import-")))
            _check_room(path, place.folder, sum(info.file_size for info, _ in members))
            for info, name in members:
                if cancelled is not None and cancelled():
                    raise Cancelled("The import was cancelled; nothing was changed.")
                _write(archive, info, place.folder.joinpath(*name.parts))
            return place
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeError,
    ) as error:
        raise FormatError(f"'{path}' is a damaged zip file, or one that cannot be read ({error}).") from error
    except OSError as error:
        raise FormatError(f"'{path}' cannot be unpacked: {error.strerror or error}.") from error


def _checked(path: Path, archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the members to unpack, and where to."""
    listed = archive.infolist()
    if len(listed) > MAX_MEMBERS:
        raise FormatError(f"'{path}' holds {len(listed)} files; at most {MAX_MEMBERS} are unpacked.")
    total = sum(info.file_size for info in listed)
    packed = path.stat().st_size
    if total > MAX_BYTES or (total > _SMALL and total > _RATIO * packed):
        raise FormatError(
            f"'{path}' claims to hold {total // 2**20} MiB in {max(1, packed // 2**10)} KiB; it is not "
            "unpacked. If you trust it, unpack it yourself and choose its folder."
        )
    found: dict[str, tuple[zipfile.ZipInfo, PurePosixPath]] = {}
    for info in listed:
        name = _safe_name(path, info)
        if name is None:
            continue
        key = unicodedata.normalize("NFC", name.as_posix()).casefold()
        if key in found:
            raise FormatError(f"'{path}' has two files named '{_shown(info.filename)}'; it is not unpacked.")
        found[key] = info, name
    for key in found:
        if any(parent.as_posix() in found for parent in PurePosixPath(key).parents):
            raise FormatError(f"'{path}' has a file and a folder of one name; it is not unpacked.")
    return list(found.values())


def _safe_name(path: Path, info: zipfile.ZipInfo) -> PurePosixPath | None:
    """Return where a member goes, below the folder; None for what imports do not read."""
    text = info.filename.replace("\\", "/")
    name = PurePosixPath(text)
    mode = info.external_attr >> 16
    if name.is_absolute() or ".." in name.parts or ":" in text or "\0" in text:
        raise FormatError(
            f"'{path}' has a file that would go elsewhere ('{_shown(info.filename)}'); it is not unpacked."
        )
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FormatError(f"'{path}' has a link or device ('{_shown(info.filename)}'); it is not unpacked.")
    if info.flag_bits & 1:
        raise FormatError(f"'{path}' has a password; unpack it yourself and choose its folder.")
    if info.is_dir() or name.suffix.lower() not in _WANTED:
        return None
    if any(part.startswith(".") or part == "__MACOSX" for part in name.parts):
        return None
    if len(text) > 1000 or any(len(part.encode("utf-8", "surrogatepass")) > 250 for part in name.parts):
        raise FormatError(f"'{path}' has a file whose name is too long; it is not unpacked.")
    return name


def _check_room(path: Path, folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted + _ROOM > free:
        raise FormatError(
            f"'{path}' needs {wanted // 2**20} MiB to be unpacked, and {free // 2**20} MiB are free in "
            f"'{folder.parent}'; free some room."
        )


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile(f"'{_shown(info.filename)}' is larger than it claims")
            file.write(chunk)
    with contextlib.suppress(OSError):
        target.chmod(0o600)


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:80])
