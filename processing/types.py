"""Values that the rooms hand to each other: pages, passages, answers, and what is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from db.states import AlertState as AlertState
from db.states import QuestionKind as QuestionKind
from db.states import Queue as Queue
from db.states import Stage as Stage
from db.states import State as State
from db.states import UpdateState as UpdateState

# The start and the end of a part of a text, as offsets in characters; the end is exclusive.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one page; ``number`` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document's text that is searched and cited as a whole; it becomes one frame of the video.

    It stands on the pages ``first_page`` to ``last_page``. ``index`` counts passages from 0 in reading order,
    ``heading`` is the nearest heading above, or empty. ``page_breaks`` lists where in ``text`` each further page
    begins, as (offset, page); it is empty for passages that are read from a video.
    """

    index: int
    text: str
    first_page: int
    last_page: int
    heading: str = ""
    page_breaks: tuple[tuple[int, int], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of a passage and a question.

    ``relevance`` is a logit: the higher it is, the more likely the passage answers. ``sentences`` are spans of the
    passage, and ``scores`` their own: the higher a score is, the more likely the answer stands in the sentence.
    """

    relevance: float
    sentences: Sequence[Span] = ()
    scores: Sequence[float] = ()

    @property
    def sentence(self) -> Span:
        """The span of the sentence in which the answer stands most likely, (0, 0) if the passage has none."""
        return max(zip(self.scores, self.sentences, strict=True), default=(0.0, (0, 0)), key=itemgetter(0))[1]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. A higher ``score`` is better, but only within one search.

    Comparable between questions are:

    - ``coverage``: the share from 0 to 1 of the question's words, weighted by their rarity, that the passage holds;
    - ``named``: whether the question names the passage exactly, by its page or by quoted words;
    - ``reading``: what the reader says of the passage, None if it was not read.
    """

    passage: Passage
    score: float
    document_id: str = ""
    coverage: float = 0.0
    named: bool = False
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """All that the message about a document shows its owner.

    ``done`` and ``total`` count the steps of the current ``stage``, ``percent`` (0 to 100) covers all stages.
    ``elapsed`` and ``left`` are seconds: since the work began, and until it will end. ``queue_position`` counts from 1.
    What is not known is None.
    """

    id: str
    tenant_id: int
    language: str
    chat_id: int
    message_id: int | None
    name: str
    kind: str
    size_bytes: int
    state: str
    stage: str | None = None
    done: int = 0
    total: int | None = None
    percent: int = 0
    pages: int | None = None
    passages: int | None = None
    searchable: bool = False
    elapsed: float = 0.0
    left: float | None = None
    queue_position: int | None = None
    cancelling: bool = False
    error_key: str | None = None
    error_facts: dict[str, Any] = field(default_factory=dict)
    retryable: bool = False
    bot_id: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage shown under an answer.

    - ``first_page``, ``last_page``, ``index`` and ``page_breaks`` are those of the ``Passage``;
    - ``version`` is the document's ``words_version``: in another version its passages may be cut differently;
    - ``mark`` is the span of ``text`` that answers best, ``marks`` are all spans of the words that were looked for
      (``questions.occurrences.find_pages`` gives the pages of a span);
    - ``verified`` is False if a model cited the passage and quoted no words of it, or words that are not in ``text``;
    - ``relevant`` is False for the nearest passage of a search that found no answer.
    """

    document_id: str
    document_name: str
    first_page: int
    last_page: int
    text: str
    mark: Span = (0, 0)
    index: int = 0
    version: int = 0
    verified: bool = True
    relevant: bool = True
    marks: tuple[Span, ...] = ()
    page_breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrences:
    """How often words stand in one document, and on how many pages.

    ``listed`` holds the first of these pages as (page, times); there may be more.
    """

    document_name: str
    times: int
    pages: int
    listed: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: ``text`` written by a model, or empty, and the passages that it rests on.

    ``[n]`` in the text refers to the n-th quote, counted from 1. ``note_key`` is the key of a sentence that is shown
    above the answer, or empty. Where words were looked for, ``occurrences`` counts them by document, the document
    with most first.
    """

    quotes: tuple[Quote, ...] = ()
    text: str = ""
    note_key: str = ""
    occurrences: tuple[Occurrences, ...] = ()


@dataclass(slots=True)
class Usage:
    """Tokens that a model has read and written so far; estimates until the server reports its own count."""

    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of a conversation and its answer. ``answer`` is empty if only passages were shown."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """All that the message about a question shows: the answer so far, or ``error_key`` if there is none.

    ``scope`` is the name of the document that was asked, None for all. ``asked_id`` is the Telegram id of the
    person's message, ``message_id`` that of the bot's. ``replaces`` is the id of the question that is asked again.
    """

    id: str
    tenant_id: int
    language: str
    chat_id: int
    message_id: int | None
    question: str
    state: str
    document_id: str | None = None
    scope: str | None = None
    answer: Answer = Answer()
    error_key: str | None = None
    asked_id: int | None = None
    kind: str = "question"
    bot_id: int = 0
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """Asks for a picture of the page of a PDF that holds ``passage``, with ``words`` of it highlighted."""

    first_page: int
    last_page: int
    passage: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One page of a document as a JPEG."""

    page: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class SourceView:
    """The preview of a citation: its passage, with a picture of the page or else the passages before and after it.

    ``quote`` is None if there is nothing to show; then ``error_key`` says why.
    """

    tenant_id: int
    language: str
    chat_id: int
    message_id: int | None
    quote: Quote | None = None
    before: str = ""
    after: str = ""
    picture: Picture | None = None
    error_key: str | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file to be sent as it is, with the sentence ``caption_key`` below it."""

    language: str
    chat_id: int
    path: Path
    file_name: str
    caption_key: str
    caption_facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One sentence, written into the message with ``message_id``, or sent as a new one if that is None."""

    language: str
    chat_id: int
    message_id: int | None
    key: str
    facts: dict[str, Any] = field(default_factory=dict)
