"""The `[telegram]` section: what is wrong is said with the key's name, and never with the value."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from bot.channels.telegram.settings import TelegramSettings

TOKEN = "123456789:AAbb-cc_dd"


def made(**others: object) -> TelegramSettings:
    """The section with these values."""
    return TelegramSettings.model_validate({"token": TOKEN, **others})


def test_a_token_is_enough() -> None:
    """Everything else has a default."""
    settings = made()
    assert settings.token.get_secret_value() == TOKEN
    assert settings.api_url == "https://api.telegram.org"
    assert settings.listen_on == ("127.0.0.1", 8443)
    assert settings.messages_per_second == 30


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token", ""),
        ("token", "secret-value"),
        ("token", "123:with space"),
        ("token", "123:../../secret"),
        ("api_url", "api.telegram.org"),
        ("api_url", "ftp://api.telegram.org"),
        ("api_url", "https://"),
        ("api_url", "https://host:99999"),
        ("proxy_url", "socks4://secret-value@host:1"),
        ("proxy_url", "host:1080"),
        ("webhook_url", "hotline.example.org"),
        ("webhook_url", "http://hotline.example.org/telegram"),
        ("webhook_listen", "8443"),
        ("webhook_listen", "127.0.0.1:99999"),
        ("webhook_listen", "::1:8443"),
        ("webhook_secret", "secret value"),
        ("webhook_secret", "x" * 257),
        ("messages_per_second", 0),
        ("messages_per_second", -1),
        ("web_hook_url", "https://example.org"),
    ],
)
def test_a_bad_value_names_its_key(key: str, value: object) -> None:
    """Whoever mistyped reads where, and nobody reads a secret over their shoulder."""
    with pytest.raises(ValidationError) as caught:
        made(**{key: value})
    assert key in str(caught.value)
    assert "secret-value" not in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api_url", "http://127.0.0.1:8081"),
        ("proxy_url", "socks5://name:word@127.0.0.1:1080"),
        ("proxy_url", "http://proxy.example.org:3128"),
        ("webhook_url", "https://hotline.example.org/telegram"),
        ("webhook_listen", "[::1]:8443"),
        ("webhook_listen", "0.0.0.0:443"),
        ("webhook_secret", "A-z_0"),
    ],
)
def test_good_values_are_taken(key: str, value: str) -> None:
    """What interface and manual offer is valid."""
    settings = made(**{key: value})
    found = getattr(settings, key)
    assert value == (found if isinstance(found, str) else found.get_secret_value())


def test_an_own_server_may_call_without_encryption() -> None:
    """A Bot API server beside the hotline needs no certificate."""
    settings = made(api_url="http://127.0.0.1:8081/", webhook_url="http://127.0.0.1:8443/telegram")
    assert settings.api_url == "http://127.0.0.1:8081"


def test_ipv6_loses_its_brackets() -> None:
    """What is bound is an address, not a URL's spelling of it."""
    assert made(webhook_listen="[::1]:8443").listen_on == ("::1", 8443)


def test_secrets_do_not_print() -> None:
    """Whoever prints the settings prints no token, no secret and no proxy password."""
    settings = made(webhook_secret="my-secret", proxy_url="socks5://name:word@127.0.0.1:1080")
    assert not [secret for secret in (TOKEN, "my-secret", "word") if secret in repr(settings)]


def test_settings_load_without_the_library() -> None:
    """The command line reads settings without loading the Telegram library, which takes its time."""
    code = "import sys, bot.channels.telegram.settings; print('telegram' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
