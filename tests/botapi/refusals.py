"""What the server says when it does not do what it was asked."""

from __future__ import annotations

Obj = dict[str, object]
"""A JSON object, as it is sent or was received."""


class Refused(Exception):
    """A call that fails, as Telegram says it: code, description, and `parameters` as ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Obj:
        """The answer's JSON."""
        answer: Obj = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(reason: str, **parameters: int) -> Refused:
    """The call itself is wrong, or meets a state in which it can't be done."""
    return Refused(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> Refused:
    """The person or the room does not want to hear from the bot."""
    return Refused(403, f"Forbidden: {reason}")


def conflict(reason: str) -> Refused:
    """Two ways of receiving updates exclude each other."""
    return Refused(409, f"Conflict: {reason}")


def unauthorized() -> Refused:
    """The token is not this bot's."""
    return Refused(401, "Unauthorized")


def not_found() -> Refused:
    """No such method."""
    return Refused(404, "Not Found")


def too_many_requests(seconds: int) -> Refused:
    """A limit is exceeded; `seconds` is how long to wait."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
