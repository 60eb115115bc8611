"""The `[health]` section. Loads without a web server, so that `hotline run` without it stays small."""

from __future__ import annotations

import os
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:\s]+):(?P<port>[0-9]{1,5})", re.ASCII)
_LAST_PORT = 65535


def _listen(value: str) -> str:
    found = _LISTEN.fullmatch(value)
    if value and (found is None or not 0 < int(found["port"]) <= _LAST_PORT):
        raise ValueError("listen must be empty or host:port, like 127.0.0.1:8081")
    return value


def _ping_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url and not _is_web(url):
        raise ValueError("ping_url must be empty or begin with https:// or http:// and name a host")
    return value


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class HealthSettings(BaseModel):
    """Where the health page is served, and what is called while all is well.

    `ping_url` is a secret: who knows it can feign health.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    listen: Annotated[str, AfterValidator(_listen)] = ""
    ping_url: Annotated[SecretStr, AfterValidator(_ping_url)] = SecretStr("")

    @property
    def address(self) -> tuple[str, int] | None:
        """`listen` as host (an IPv6 address without brackets) and port; None where nothing is served."""
        if not self.listen:
            return None
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


def unavailable(address: str, error: OSError) -> str:
    """Why nothing can be served at `address`: the system's word, without what asyncio puts around it."""
    known = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return f"health.listen: nothing can be served at {address}: {known or type(error).__name__}"
