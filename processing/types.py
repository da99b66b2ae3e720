"""Values that travel between the floors: pages, passages, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Where something stands in a text: start and end, in characters.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Text of one page, numbered from 1 as a reader would count them."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrievable piece of text: one frame of the video, found on ``first_page`` to ``last_page``.

    ``index`` counts from 0 in reading order; ``heading`` is the nearest heading above, or empty. ``turns`` says where
    in ``text`` each further page begins, as (place, page); a film does not tell it.
    """

    index: int
    text: str
    first_page: int
    last_page: int
    heading: str = ""
    page_breaks: tuple[tuple[int, int], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; a higher ``score`` is better, comparable within one search only.

    What is comparable between questions: ``coverage``, the share from 0 to 1 of what the question's words tell that
    stands in the passage, ``likeness``, the cosine of the meanings (0 where nobody judged), and whether the question
    ``named`` the passage exactly.
    """

    passage: Passage
    score: float
    document_id: str = ""
    coverage: float = 0.0
    likeness: float = 0.0
    named: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message: ``told``, ``later`` (try again in ``seconds``) or ``unreachable`` (chat closed)."""

    outcome: str
    message_id: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DocumentView:
    """How a document stands, as far as its owner is told. Times in seconds, ``percent`` from 0 to 100."""

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
    place: int | None = None
    cancelling: bool = False
    error_key: str | None = None
    error_facts: dict[str, Any] = field(default_factory=dict)
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage shown under an answer; ``mark`` is where in ``text`` the words stand that answer best.

    ``first_page``, ``last_page`` and ``turns`` are the passage's: ``rules.places.find_pages`` says what the mark is on.

    ``marks`` are all places of words that were looked for, where it was words. ``index`` and ``fence`` say which
    passage of which reading it is. Not ``verified``: the words a model gave for it
    do not stand in it. Not ``telling``: it is the nearest that was found, and holds too little of what was asked.
    """

    document_id: str
    document_name: str
    first_page: int
    last_page: int
    text: str
    mark: tuple[int, int] = (0, 0)
    index: int = 0
    fencing_token: int = 0
    verified: bool = True
    relevant: bool = True
    marks: tuple[tuple[int, int], ...] = ()
    page_breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrences:
    """How often words stand in one document, on how many pages; ``listed`` are the first of them as (page, times)."""

    document_name: str
    times: int
    pages: int
    listed: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question: ``text`` written by a model (or empty) and the quotes it rests on.

    ``[n]`` in the text is the n-th quote, counted from 1. Where words were looked for, ``places`` says where they
    stand, the document that holds most first, and the quotes show some of them.
    """

    quotes: tuple[Quote, ...] = ()
    text: str = ""
    note_key: str = ""
    places: tuple[Occurrences, ...] = ()


@dataclass(slots=True)
class Usage:
    """Tokens that a model has read and written so far; estimated until the server counts them."""

    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with what was answered to it before; ``answer`` is empty where only passages were shown."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A question with what is said to it so far; ``scope`` is the document's name, or None for all.

    ``kind`` is as in ``db.models.Question``. The person's message is ``asked_id``, the bot's ``message_id``.
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


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """A passage to be drawn on the page of a PDF that holds it; ``words`` of it stand out."""

    first_page: int
    last_page: int
    passage: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A page drawn as a JPEG."""

    page: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class SourceView:
    """What a citation rests on, to be shown below the answer: the picture of its page, else the texts around it.

    Without a ``quote`` there is nothing to show, and ``error_key`` says why.
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
