"""The address of a machine that computes for the window: what it may be, and who else can reach it."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.errors import ClusterError

SCHEME = "ray://"
_PORT = 10001
"""Where Ray's client server listens unless told otherwise."""
_EXAMPLE = "ray://127.0.0.1:10001"


@dataclass(frozen=True)
class Address:
    """Where Ray's client server is.

    Attributes
    ----------
    host
        A name or a number.
    port
        1 to 65535.
    """

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address such as ``ray://127.0.0.1:10001``; the port may be left out.

        Raises
        ------
        ClusterError
            If it is none.
        """
        given = text.strip()
        host, colon, port = given.removeprefix(SCHEME).rstrip("/").rpartition(":")
        if not colon or port.endswith("]"):
            host, port = given.removeprefix(SCHEME).rstrip("/"), str(_PORT)
        host = host.strip("[]")
        fits = port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 1 << 16
        named = host and all(one.isascii() and (one.isalnum() or one in ".-_:%") for one in host)
        if not given.startswith(SCHEME) or not fits or not named or len(host) > 253:
            raise ClusterError(
                f"'{given[:80]}' is no address of a GPU elsewhere: write one such as {_EXAMPLE}."
            )
        return cls(host, int(port))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{SCHEME}{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can be reached by it, such as the near end of an SSH tunnel."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def has_token() -> bool:
    """Tell whether Ray's token authentication is switched on here, and there is a token."""
    if os.environ.get("RAY_AUTH_MODE", "").lower() != "token":
        return False
    if os.environ.get("RAY_AUTH_TOKEN"):
        return True
    place = os.environ.get("RAY_AUTH_TOKEN_PATH")
    return (Path(place) if place else Path.home() / ".ray" / "auth_token").is_file()


def danger_of(address: Address) -> str:
    """Return why a person should think before connecting to an address, in sentences; empty if nothing is.

    Ray runs whatever it is sent: whoever reaches its port can do there what its user can. So the port should
    be reached by this machine alone, through SSH, or ask for a token.
    """
    if address.is_loopback or has_token():
        return ""
    return (
        f"{address} is neither on this machine nor protected by a token: whoever can reach that port can run "
        "programs there, and your video travels unencrypted. An SSH tunnel is safer: 'ssh -L "
        f"{address.port}:127.0.0.1:{address.port} {address.host}', and {SCHEME}127.0.0.1:{address.port} as "
        "the address."
    )
