"""What tells an object from those of all other projects: a random name, given once.

Numbers and names are no identity: every project has an object 1, and many have a "person". The identity goes
with an export and comes back with it, so that an import knows its own objects again. It is kept beside the
history, since a number is never given to two objects.
"""

from __future__ import annotations

import re
import uuid

_FORM = re.compile(r"[0-9a-f]{32}")


def new() -> str:
    """Return an identity that no object has: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def uid_key(object_id: int) -> str:
    """Return under what name the project keeps an object's identity."""
    return f"uid:{object_id}"


def sound_uid(value: object) -> str:
    """Return an identity as a file has it, or an empty text if it is none."""
    return value if isinstance(value, str) and _FORM.fullmatch(value) else ""
