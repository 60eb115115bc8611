"""A PostgreSQL on another machine is spoken to over TLS, and only after its certificate was verified.

The driver's own way is to try TLS, verify nothing, and go on in the clear where there is none.
"""

from __future__ import annotations

import ipaddress
import ssl
from typing import Literal

from sqlalchemy.engine import URL

SET_BY_US = ("sslmode", "sslrootcert")

Tls = ssl.SSLContext | Literal[False]


def secured(url: URL) -> tuple[URL, Tls]:
    """The address without what was said in it about TLS, and how the driver has to connect.

    Verified, unless the server is on this machine, or `?sslmode=disable` says that the way to it is safe
    without; `?sslrootcert=FILE` names who signs the certificate where that is nobody public. Whatever else
    `sslmode` says is weaker, and not done. Raises OSError where the file can't be read.
    """
    said = {name: url.query.get(name) for name in SET_BY_US}
    bare = url.difference_update_query(SET_BY_US)
    if said["sslmode"] == "disable" or (is_here(url.host) and said["sslmode"] is None):
        return bare, False
    file = said["sslrootcert"]
    return bare, ssl.create_default_context(cafile=file if isinstance(file, str) else None)


def is_here(host: str | None) -> bool:
    """Whether this is a server on this machine: a socket's folder, `localhost`, or a loopback address."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
