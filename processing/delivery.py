"""How a message is sent, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from errors import Postponed, TransientFailure


class DeliveryState(StrEnum):
    """What became of a message.

    - ``POSTPONED``: Telegram does not answer, or is not to be asked yet. It is sent again after a pause.
    - ``FLOODED``: the same for all messages to this chat; ``TOKEN_REFUSED``: the same for all messages of the bot.
    - ``REFUSED``: Telegram refuses the message. It is sent again a bounded number of times.
    - ``UNREACHABLE``: the person has closed the chat to the bot.
    """

    DELIVERED = "delivered"
    POSTPONED = "postponed"
    FLOODED = "flooded"
    TOKEN_REFUSED = "token_refused"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message: its id once it is delivered, or the pause in ``seconds`` before the next try.

    ``problem`` names the error of a message that is not delivered.
    """

    state: DeliveryState
    message_id: int | None = None
    seconds: float = 0.0
    problem: str = ""

    def check_delivered(self) -> None:
        """Raise an error if the message must be sent again. A person who can't be reached is not an error.

        Only what concerns this message counts as an attempt, and not a flood or a refused token.
        """
        if self.state is DeliveryState.REFUSED:
            raise TransientFailure
        if self.state is DeliveryState.POSTPONED:
            raise Postponed(self.seconds)
        if self.state in (DeliveryState.FLOODED, DeliveryState.TOKEN_REFUSED):
            raise Postponed(max(self.seconds, 1.0), counted=False)


def forget_part(_parts_sent: int, _message_id: int | None) -> None:
    """For a message that is not sent again if its sending is interrupted."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How a message is sent: as an edit of ``message_id`` unless that is None, and ``plain`` without markup or buttons.

    A long text takes several messages, of which ``parts_sent`` have been sent before. ``record_part`` is called with
    that number, and with the id of the first message if that is a new one, after each of them.
    """

    message_id: int | None = None
    parts_sent: int = 0
    plain: bool = False
    record_part: Callable[[int, int | None], None] = forget_part
