"""Fetch a model's file: it goes on where it broke off, and is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import logging
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from xmem_gui.assets import asset
from xmem_gui.errors import Cancelled, DownloadError, OutputError
from xmem_gui.folders import models_folder
from xmem_gui.model.partial_file import PartialFile, Version, sole_download
from xmem_gui.model.registry import ModelSpec

logger = logging.getLogger(__name__)

DownloadProgress = Callable[[int, int | None], None]
"""Called with the bytes there so far and the whole size in bytes, None while it is unknown."""

_CHUNK = 1 << 18
_TIMEOUT = 30.0
"""Seconds without any answer after which a server is given up."""
_LARGEST = 8 << 30
"""Bytes that no model's file has, where neither its publisher nor the server says how many."""


def download(
    spec: ModelSpec,
    *,
    folder: Path | None = None,
    progress: DownloadProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Path:
    """Fetch a model's file, unless it is there already, and return its path.

    Parameters
    ----------
    spec
        Which model; of a shipped one, the path in the installation is returned.
    folder
        Where to, if not to `models_folder`; made if it does not exist.
    progress
        Told of every quarter of a mebibyte.
    cancelled
        Asked before each of them. What has come is kept, and the next call goes on from there.

    Raises
    ------
    DownloadError
        If the server cannot be reached, refuses, breaks off, or sends something else than was published.
    OutputError
        If the file cannot be written, or the disk has no room for it.
    Cancelled
        If ``cancelled`` said so.
    """
    if spec.shipped:
        return asset(spec.file)
    if spec.url is None or not spec.url.startswith(("https://", "http://")):
        raise DownloadError(f"The model '{spec.name}' has no address to fetch it from.")
    target = (folder or models_folder()) / spec.file
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with sole_download(target):
            if target.is_file() and defect(spec, target) is None:
                return target
            part = PartialFile(target)
            _fetch(spec, spec.url, part, progress or _silent, cancelled or _never)
            found = defect(spec, part.path)
            if found is not None:
                part.discard()
                raise DownloadError(
                    f"What {spec.url} sent as {spec.file} is not what was published: {found}; try again"
                    " later, or give a local file."
                )
            part.publish(target)
    logger.info("Downloaded %s to %s", spec.name, target)
    return target


def _fetch(
    spec: ModelSpec, url: str, part: PartialFile, progress: DownloadProgress, cancelled: Callable[[], bool]
) -> None:
    """Fill the partial file to its end."""
    begun = part.begun(url)
    if begun is not None and begun[0] == begun[1].total:
        return
    with _reading(spec, part):
        response = _open(url, begun)
        if begun is not None and not _continues(response, *begun):
            begun = None
            if response.status != http.HTTPStatus.OK:
                response.close()
                response = _open(url, None)
    with contextlib.closing(response):
        _require_safe(spec, response)
        if begun is not None:
            done, version = begun
        else:
            done, version = 0, _version(url, response)
            _require_expected(spec, response, version)
            part.restart(version)
        _require_fits(spec, part, version, max(done, version.total or 0))
        _require_room(part.path.parent, done, version.total)
        with part.open() as file:
            file.seek(done)
            progress(done, version.total)
            while not cancelled():
                with _reading(spec, part):
                    chunk = response.read(_CHUNK)
                if not chunk:
                    break
                _require_fits(spec, part, version, done + len(chunk))
                file.write(chunk)
                done += len(chunk)
                progress(done, version.total)
            else:
                raise Cancelled(f"The download of {spec.file} was stopped; the next goes on from there.")
    if version.total is not None and done != version.total:
        raise _broken(spec, part, f"{done:,} of {version.total:,} bytes came")


def _open(url: str, begun: tuple[int, Version] | None) -> http.client.HTTPResponse:
    """Ask for a file, or for the rest of it if it is still the same one."""
    headers = {"User-Agent": "xmem-gui", "Accept-Encoding": "identity"}
    if begun is not None:
        size, version = begun
        headers |= {"Range": f"bytes={size}-", "If-Range": str(version.validator)}
    try:
        response = urllib.request.urlopen(  # the caller has made sure that it is http(s)
            urllib.request.Request(url, headers=headers), timeout=_TIMEOUT
        )
    except urllib.error.HTTPError as error:
        error.close()
        if begun is not None and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return _open(url, None)
        raise
    if not isinstance(response, http.client.HTTPResponse):
        raise urllib.error.URLError(f"redirected to {response.geturl()}")
    return response


def _version(url: str, response: http.client.HTTPResponse) -> Version:
    tag = response.headers.get("ETag", "")
    # A weak tag promises the same meaning, not the same bytes.
    validator = tag if tag.startswith('"') else response.headers.get("Last-Modified")
    length = response.headers.get("Content-Length", "")
    return Version(url, validator, int(length) if length.isdigit() else None)


def _continues(response: http.client.HTTPResponse, done: int, version: Version) -> bool:
    """Say whether a server sends the rest of the version that was begun, as not every one is careful to."""
    said = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    return (
        response.status == http.HTTPStatus.PARTIAL_CONTENT
        and said is not None
        and int(said[1]) == done
        and said[2] in ("*", str(version.total))
        and _version(version.url, response).validator in (None, version.validator)
    )


def _require_safe(spec: ModelSpec, response: http.client.HTTPResponse) -> None:
    # urllib follows a redirection to anywhere; out of TLS, nobody vouches for what comes.
    if str(spec.url).startswith("https://") and not response.geturl().startswith("https://"):
        raise DownloadError(
            f"{spec.url} leads to {response.geturl()}, which is not encrypted; give a local file."
        )


def _require_expected(spec: ModelSpec, response: http.client.HTTPResponse, version: Version) -> None:
    if response.headers.get_content_type() == "text/html":
        raise DownloadError(
            f"{spec.url} answered with a web page instead of {spec.file}; see whether this network asks for a"
            " login, or give a local file."
        )
    if spec.bytes is not None and version.total not in (None, spec.bytes):
        raise DownloadError(
            f"{spec.url} offers {version.total:,} bytes, but {spec.file} was published with {spec.bytes:,};"
            " try again later, or give a local file."
        )


def _require_fits(spec: ModelSpec, part: PartialFile, version: Version, size: int) -> None:
    """Stop a server that sends more than there should be: it would fill the disk."""
    most = min(known for known in (spec.bytes, version.total, _LARGEST) if known is not None)
    if size > most:
        part.discard()
        raise DownloadError(
            f"{spec.url} sends more than the {most:,} bytes that {spec.file} can have; try again later,"
            " or give a local file."
        )


def _require_room(folder: Path, done: int, total: int | None) -> None:
    if total is not None and shutil.disk_usage(folder).free < total - done:
        raise OSError(errno.ENOSPC, "No space left on device")


def defect(spec: ModelSpec, file: Path) -> str | None:
    """Say how a file differs from what was published, if it does."""
    size = file.stat().st_size
    if spec.bytes is not None and size != spec.bytes:
        return f"it has {size:,} bytes, expected {spec.bytes:,}"
    if spec.sha256 is not None:
        digest = hashlib.sha256()
        with file.open("rb") as content:
            while chunk := content.read(1 << 20):
                digest.update(chunk)
        if digest.hexdigest() != spec.sha256.lower():
            return f"its SHA-256 is {digest.hexdigest()}, expected {spec.sha256.lower()}"
    return None


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise OutputError(
                f"The disk of {target.parent} is too full for {target.name}; make room and try again."
            ) from error
        raise OutputError(f"{target} cannot be written ({error.strerror or error}).") from error


@contextlib.contextmanager
def _reading(spec: ModelSpec, part: PartialFile) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        raise DownloadError(
            f"{spec.url} answered {error.code} {error.reason}; try again later, or give a local file."
        ) from error
    except urllib.error.URLError as error:
        raise _broken(spec, part, str(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _broken(spec, part, str(error) or type(error).__name__) from error


def _broken(spec: ModelSpec, part: PartialFile, reason: str) -> DownloadError:
    here = part.path.stat().st_size if part.path.exists() else 0
    rest = "go on from there" if here else "try again"
    return DownloadError(
        f"The download of {spec.file} from {spec.url} broke off ({reason}); run 'xmem-gui models download"
        f" {spec.name}' again to {rest}, or give a local file."
    )


def _silent(done: int, total: int | None) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False
