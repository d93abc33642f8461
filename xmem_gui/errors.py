"""The errors a person may see: one plain sentence each - what, which file or frame, what to do."""

import errno
import os
import stat
from pathlib import Path

from xmem_gui.text import short

_REASONS = {
    errno.ENOENT: "There is no {}: check the path.",
    errno.EACCES: "{} may not be read or written by you: check its permissions and those of its folder.",
    errno.EPERM: "{} may not be read or written by you: check its permissions and those of its folder.",
    errno.EISDIR: "{} is a folder, and a file is needed.",
    errno.ENOTDIR: "{} cannot be: a part of it that should be a folder is a file.",
    errno.EEXIST: "{} exists already: choose another place.",
    errno.ENOTEMPTY: "{} is a folder that is not empty: choose another place.",
    errno.ENAMETOOLONG: "The name {} is too long for this disk: shorten it.",
    errno.ENOSPC: "The disk is full, at {}: make room, or choose another disk.",
    errno.EDQUOT: "Your share of the disk is used up, at {}: make room, or choose another disk.",
    errno.EROFS: "{} is on a disk that cannot be written to: choose another place.",
    errno.ELOOP: "{} is a link that leads in a circle.",
    errno.ENXIO: "{} is a device or a pipe, and a file is needed.",
    errno.EIO: "The disk failed at {}: check it, or copy the file from elsewhere.",
    errno.EILSEQ: "The name {} has characters that this disk does not take: rename it.",
}


class XmemGuiError(Exception):
    """Base of every error this program raises on purpose; its text is fit to be shown as it is."""


class MediaError(XmemGuiError):
    """A video or an image cannot be opened or decoded."""


class MaskError(XmemGuiError):
    """A mask does not fit its frame, or holds values that name no object."""


class PromptError(XmemGuiError):
    """A click, a stroke or a box has coordinates that no image can have."""


class CheckpointError(XmemGuiError):
    """A file of network weights is missing, damaged, foreign or of the wrong shape."""


class DeviceMemoryError(XmemGuiError):
    """The device has not enough memory for a network or an image."""


class DeviceLostError(XmemGuiError):
    """The device has failed: what was computed on it is gone, and an engine on it goes no further."""


class DownloadError(XmemGuiError):
    """A file cannot be fetched from the network, or what came is not what was asked for."""


class ProjectError(XmemGuiError):
    """A project file cannot be opened, read or written."""


class OutputError(XmemGuiError):
    """A result cannot be written where it was asked for."""


class FormatError(XmemGuiError):
    """A file to import is not what its format says, or is larger than what can be read safely."""


class ClusterError(XmemGuiError):
    """A cluster cannot be reached, or what it was to do is lost."""


class ConnectionLostError(ClusterError):
    """The machine that computes for this one cannot be reached any more; what is finished stays."""


class Cancelled(XmemGuiError):
    """The person stopped what was going on; nothing half-done is left."""


def as_exception(error: BaseException) -> Exception:
    """Return what a thread that works for others may hand on instead of ending: an `Exception`.

    Libraries written in Rust panic with a `BaseException` that is none, and a callback may call ``sys.exit``.
    """
    if isinstance(error, Exception):
        return error
    made = RuntimeError(": ".join(filter(None, (type(error).__name__, str(error)))))
    made.__cause__ = error
    return made


def in_words(error: Exception, path: Path | str | None = None) -> str:
    """Return what went wrong with a file as one sentence with what to do.

    Parameters
    ----------
    error
        An `OSError`; or a `UnicodeError` or `ValueError` of a path that no file can have.
    path
        Which file, if the error does not say.
    """
    named = getattr(error, "filename", None) or path
    what = f"'{short(os.fsdecode(named), 200)}'" if isinstance(named, (str, bytes, os.PathLike)) else "a file"
    if isinstance(error, UnicodeDecodeError):
        sentence = f"{what} holds bytes that are no text: save it again as UTF-8."
    elif isinstance(error, OSError):
        reason = _REASONS.get(error.errno or 0)
        sentence = reason.format(what) if reason else f"{what} cannot be used: {error.strerror or error}."
    else:
        sentence = f"The name {what} cannot be that of a file: it holds characters that none may have."
    return sentence[0].upper() + sentence[1:]


def sentence_of(error: BaseException) -> str:
    """Return what an exception is for a person, or nothing where it can only be a fault of this program."""
    if isinstance(error, XmemGuiError):
        return str(error)
    if isinstance(error, (OSError, UnicodeError)) or (isinstance(error, ValueError) and "null" in str(error)):
        return in_words(error)
    if isinstance(error, MemoryError):
        return "This computer has not enough free memory for that: close other programs and try again."
    return ""


def need_file(path: Path, kind: type[XmemGuiError] = XmemGuiError) -> None:
    """Refuse whatever is not a regular file, which is found out without opening it.

    Raises
    ------
    XmemGuiError
        Of the given kind: nothing is there, or it is a folder, a pipe, a socket or a device.
    """
    if why := why_no_file(path):
        raise kind(why)


def why_no_file(path: Path, *, folder: bool = False) -> str:
    """Return why a path is not a regular file (nor a folder, if that is welcome), in a sentence, or nothing.

    A pipe, a socket or a device is none: reading it would wait for whoever writes there, perhaps for ever.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        return in_words(error, path)
    if stat.S_ISREG(mode) or (folder and stat.S_ISDIR(mode)):
        return ""
    if stat.S_ISDIR(mode):
        return in_words(IsADirectoryError(errno.EISDIR, ""), path)
    kinds = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    return f"'{short(str(path), 200)}' is {kind}, and a file{' or a folder' * folder} is needed."
