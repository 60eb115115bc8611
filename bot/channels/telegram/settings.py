"""The `[telegram]` section. Loads without the Telegram library, so that `--help` stays quick."""

from __future__ import annotations

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

OFFICIAL_API = "https://api.telegram.org"

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,256}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")  # setWebhook, secret_token; empty: made at start
_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+):(?P<port>[0-9]{1,5})")
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})  # an own Bot API server may call plainly
_LAST_PORT = 65535


def _token(value: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("token must be what BotFather gave: digits, a colon, then letters and digits")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    if not _WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("webhook_secret may hold at most 256 of A-Z, a-z, 0-9, _ and -")
    return value


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _api_url(value: str) -> str:
    if not _is_url(value, ("https", "http")):
        raise ValueError("api_url must be an address like https://api.telegram.org")
    return value.rstrip("/")


def _proxy_url(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not _is_url(value.get_secret_value(), ("socks5", "http")):
        raise ValueError("proxy_url must begin with socks5:// or http:// and name a host")
    return value


def _webhook_url(value: str) -> str:
    here = _is_url(value, ("http",)) and urlsplit(value).hostname in _THIS_MACHINE
    if value and not (here or _is_url(value, ("https",))):
        raise ValueError("webhook_url must be an address like https://hotline.example.org/telegram")
    return value


def _listen(value: str) -> str:
    found = _LISTEN.fullmatch(value)
    if found is None or int(found["port"]) > _LAST_PORT:
        raise ValueError("webhook_listen must be host:port, like 127.0.0.1:8443")
    return value


class TelegramSettings(BaseModel):
    """How to reach Telegram and be reached by it. Values never show in errors: some are secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: Annotated[SecretStr, AfterValidator(_token)]
    api_url: Annotated[str, AfterValidator(_api_url)] = OFFICIAL_API
    proxy_url: Annotated[SecretStr, AfterValidator(_proxy_url)] = SecretStr("")
    webhook_url: Annotated[str, AfterValidator(_webhook_url)] = ""
    webhook_listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8443"
    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] = SecretStr("")
    messages_per_second: float = Field(default=30.0, gt=0, le=1000)
    """What the Bot API server lets through; Telegram's own limit is about 30."""

    @model_validator(mode="after")
    def _webhooks_are_encrypted(self) -> Self:
        if self.api_url == OFFICIAL_API and self.webhook_url.startswith("http:"):
            raise ValueError("webhook_url must begin with https:// (Telegram calls no other)")
        return self

    @property
    def listen_on(self) -> tuple[str, int]:
        """`webhook_listen` as host (an IPv6 address without brackets) and port."""
        host, _, port = self.webhook_listen.rpartition(":")
        return host.strip("[]"), int(port)
