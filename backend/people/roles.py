"""Who may do what, in one word each."""

from __future__ import annotations

from typing import Literal

Role = Literal["officer", "coordinator", "council"]
ROLES: tuple[Role, ...] = ("officer", "coordinator", "council")
