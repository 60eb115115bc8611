"""The `[matrix]` section. Loads without the Matrix library, so that `--help` stays quick."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

_USER = re.compile(r"@[a-z0-9._=/+-]{1,200}:[A-Za-z0-9.:\[\]-]{1,200}")  # a whole Matrix id


def _homeserver(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("homeserver must be an address like https://matrix.example.org")
    return value.rstrip("/")


def _user(value: str) -> str:
    if not _USER.fullmatch(value):
        raise ValueError("user must be a whole Matrix id like @hotline:example.org")
    return value


def _password(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        raise ValueError("password must not be empty")
    return value


class MatrixSettings(BaseModel):
    """Which account the hotline has, and where. Values never show in errors: some are secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    homeserver: Annotated[str, AfterValidator(_homeserver)]
    user: Annotated[str, AfterValidator(_user)]
    password: Annotated[SecretStr, AfterValidator(_password)]
    messages_per_second: float = Field(default=20.0, gt=0, le=1000)
    """What the homeserver lets through."""
