"""Errors of the Bot API. Descriptions are Telegram's own, because client libraries compare them."""

from __future__ import annotations

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
OTHER_POLLING = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class ApiError(Exception):
    """The call is answered with ``{"ok": false, ...}``. ``code`` is both its ``error_code`` and the HTTP status.

    ``retry_after`` is in seconds.
    """

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after

    def describe(self) -> dict[str, object]:
        """Return the JSON body of the answer."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


class BadRequest(ApiError):
    """Answered with 400 and the description ``Bad Request: <reason>``."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, f"Bad Request: {reason}")


class BotBlocked(ApiError):
    """Answered with 403, because the person has blocked the bot."""

    def __init__(self) -> None:
        super().__init__(403, "Forbidden: bot was blocked by the user")
