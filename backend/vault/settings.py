"""The `[keys]` and `[sealing]` sections."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from backend.section import Duration, Section
from backend.vault.recipients import Recipients


def _file_name(name: str) -> str:
    if "/" in name or name in {".", ".."}:
        raise ValueError("must be a credential's name, not a path")
    return name


def _command(given: list[str] | str) -> list[str] | str:
    try:
        argv = shlex.split(given) if isinstance(given, str) else given
    except ValueError:
        raise ValueError("must be a command: a quotation isn't closed") from None
    if argv and not argv[0]:
        raise ValueError("must begin with a program")
    return given


class KeysSettings(Section):
    """Where the encryption keys are, who opens them, and for how long each is used."""

    file: Path = Path("keys.toml")
    text: SecretStr = SecretStr("")
    credential: Annotated[str, AfterValidator(_file_name)] = ""
    command: Annotated[Annotated[list[str], Field()] | str, AfterValidator(_command)] = ""
    passphrase: SecretStr = SecretStr("")
    period: Duration = timedelta(days=30)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        """One place: with two, nobody could say which of them holds the keys that count."""
        named = "file" in self.model_fields_set and self.file != Path()
        others = {"text": self.text.get_secret_value(), "credential": self.credential, "command": self.argv}
        given = [*(["file"] if named else []), *(key for key, value in others.items() if value)]
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]} are both given: leave one of them out")
        if not given and self.file == Path():
            raise ValueError("file, text, credential or command must say where the keys are")
        return self

    @property
    def argv(self) -> list[str]:
        """The command and its arguments; empty where the keys are elsewhere. No shell reads them."""
        return shlex.split(self.command) if isinstance(self.command, str) else self.command


class SealingSettings(Section):
    """To whom closed cases are sealed, and when."""

    recipients: Recipients = Field(default=[])
    after: Duration = timedelta(days=7)
