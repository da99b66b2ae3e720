"""Streams answers from any OpenAI-compatible server, with limits for time and attempts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Generator
from typing import TYPE_CHECKING, Any

from errors import ModelUnavailable, PromptTooLong
from processing.llm.cancellation import StreamReader
from processing.types import Usage
from settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONNECT_SECONDS = 5.0
# A model on a small machine reads the passages for a while before its first word.
SILENT_SECONDS = 60.0
MAX_SECONDS = 180.0
ATTEMPTS = 3
PAUSE_SECONDS = 0.5
# If the server asks for a longer pause, the person does not wait for it: the passages are shown without an answer.
MAX_PAUSE_SECONDS = 8.0
MAX_ANSWER_TOKENS = 1000
# A server that counts more than this counts wrongly.
MOST_TOKENS = 10_000_000
CHARACTERS_PER_TOKEN = 3.5
# Parts of the messages with which servers refuse a prompt that is too long.
TOO_LONG = ("context length", "context_length", "context window", "maximum context", "too many tokens", "too long")
log = logging.getLogger(__name__)


class OpenAIModel:
    """A ``ports.LanguageModel`` on a server's chat completions. The ``client`` must not retry by itself."""

    def __init__(self, client: AsyncOpenAI, name: str) -> None:
        self.client, self.name, self._reader = client, name, StreamReader()

    def stream(self, instructions: str, prompt: str, usage: Usage) -> Generator[str]:
        """Yield the answer, as ``ports.LanguageModel`` says.

        A request that fails before its first piece is sent again. Raise ``ModelUnavailable`` if it fails later.
        """
        return self._reader.read(self._try(instructions, prompt, usage))

    async def _try(self, instructions: str, prompt: str, usage: Usage) -> AsyncIterator[str]:
        usage.tokens_in = estimate_tokens(instructions + prompt)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with asyncio.timeout(MAX_SECONDS):
                    async for piece in self._read(instructions, prompt, usage):
                        yield piece
                return
            except ModelUnavailable:
                raise
            except Exception as error:
                # The package also raises errors of its HTTP library and of its JSON parser in the middle of a stream.
                pause = find_pause(error, attempt)
                log.warning("model_failed", extra={"error": type(error).__name__, "attempt": attempt})
                if is_too_long(error):
                    raise PromptTooLong from error
                if usage.tokens_out or pause is None or attempt == ATTEMPTS:
                    raise ModelUnavailable from error
                await asyncio.sleep(pause)

    async def _read(self, instructions: str, prompt: str, usage: Usage) -> AsyncIterator[str]:
        finished = False
        async with await self.client.chat.completions.create(
            model=self.name,
            stream=True,
            stream_options={"include_usage": True},
            max_completion_tokens=MAX_ANSWER_TOKENS,
            messages=[{"role": "system", "content": instructions}, {"role": "user", "content": prompt}],
        ) as chunks:
            async for chunk in chunks:
                piece, ended = read_chunk(chunk, usage)
                finished = finished or ended
                if piece:
                    usage.tokens_out = max(usage.tokens_out + estimate_tokens(piece), 1)
                    yield piece
        if not finished:
            # The package raises no error if the server closes the connection before the answer is complete.
            log.warning("model_failed", extra={"error": "cut"})
            raise ModelUnavailable


def read_chunk(chunk: Any, usage: Usage) -> tuple[str, bool]:
    """Return the piece of text, and whether the server says that it is the last. Store its count of tokens, if any.

    Raise ``ModelUnavailable`` if it has another shape than it should.
    """
    try:
        if counted := getattr(chunk, "usage", None):
            tokens = int(counted.prompt_tokens), int(counted.completion_tokens)
            if max(tokens) <= MOST_TOKENS:
                usage.tokens_in, usage.tokens_out = tokens
        if not chunk.choices:
            return "", False
        return "".join([chunk.choices[0].delta.content or ""]), chunk.choices[0].finish_reason is not None
    except (AttributeError, TypeError, ValueError, OverflowError, LookupError) as error:
        log.warning("model_failed", extra={"error": type(error).__name__})
        raise ModelUnavailable from error


def find_pause(error: Exception, attempt: int) -> float | None:
    """Return the seconds until the next attempt, or None if it would be useless or the pause too long."""
    from openai import APIConnectionError, APITimeoutError, InternalServerError, RateLimitError

    if isinstance(error, RateLimitError):
        pause = read_retry_after(error.response.headers.get("retry-after"), attempt)
        return pause if pause <= MAX_PAUSE_SECONDS and error.code != "insufficient_quota" else None
    if isinstance(error, APITimeoutError):
        return None
    return PAUSE_SECONDS * attempt if isinstance(error, APIConnectionError | InternalServerError) else None


def read_retry_after(header: str | None, attempt: int) -> float:
    """Return the seconds in the header, or a default if it is missing or no number (it may be a date)."""
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return 2 * PAUSE_SECONDS * attempt


def is_too_long(error: Exception) -> bool:
    from openai import APIStatusError

    if not isinstance(error, APIStatusError) or error.status_code not in {400, 413, 422}:
        return False
    return error.status_code == 413 or any(words in str(error).lower() for words in TOO_LONG)


def estimate_tokens(text: str) -> int:
    """Return a rough estimate of the number of tokens, for servers that do not report it."""
    return round(len(text) / CHARACTERS_PER_TOKEN)


def open_model(settings: Settings, silent_seconds: float = SILENT_SECONDS) -> OpenAIModel | None:
    """Return the configured model, or None without ``OPENAI_API_KEY``. Servers that need no key accept any value."""
    if settings.openai_api_key is None:
        return None
    from openai import AsyncOpenAI, Timeout

    from processing.llm.bounded import open_bounded_async

    client = AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url or None,
        timeout=Timeout(silent_seconds, connect=min(CONNECT_SECONDS, silent_seconds)),
        max_retries=0,
        http_client=open_bounded_async(),
    )
    return OpenAIModel(client, settings.openai_model)
