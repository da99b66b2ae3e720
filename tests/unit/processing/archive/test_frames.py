"""A passage is the same after its payload and its QR code."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from processing.archive.frames import Label, draw_frame, make_payload, read_payload, read_qr
from processing.types import Passage
from tests.unit.processing.archive.samples import make_passages

LABEL = Label("Bücher & Söhne.pdf", 31, "hash")


@pytest.mark.parametrize("passage", make_passages(), ids=lambda passage: str(passage.index))
def test_a_passage_is_read_back_from_its_frame(passage: Passage) -> None:
    payload = make_payload(passage, LABEL)
    frame = draw_frame(payload, 2, 400, 3)
    assert read_qr(frame) == payload
    assert read_payload(payload)[0] == passage


def test_a_payload_has_the_keys_of_memvid() -> None:
    passage = Passage(7, "some words", 3, 4, "A heading")
    packed = make_payload(passage, LABEL).removeprefix("GZ:")
    data = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert (data["id"], data["text"], data["frame"]) == (7, "some words", 7)


def test_only_the_first_frame_has_the_label() -> None:
    first, second = make_passages(2)
    assert read_payload(make_payload(first, LABEL))[1] == LABEL
    assert read_payload(make_payload(second, LABEL))[1] is None


@pytest.mark.parametrize(
    "payload",
    ["", "https://example.org", "GZ:", "GZ:%%%", "GZ:" + base64.b64encode(b"no gzip").decode()]
    + [
        "GZ:" + base64.b64encode(gzip.compress(data, mtime=0)).decode()
        for data in (b"[]", b'"x"', b"{}", b"{", b'{"p": 3}')
    ],
)
def test_foreign_payloads_are_refused(payload: str) -> None:
    with pytest.raises(ValueError, match="payload|Expecting|Incorrect|base64"):
        read_payload(payload)


def test_a_passage_always_gives_the_same_payload() -> None:
    passage = make_passages(1)[0]
    assert make_payload(passage, LABEL) == make_payload(passage, LABEL)


def test_modules_keep_to_the_blocks_of_the_video() -> None:
    frame = draw_frame(make_payload(make_passages(1)[0], LABEL), 2, 400, 3)
    pairs = frame.reshape(200, 2, 200, 2)
    assert (pairs[:, 0, :, 0] == pairs[:, 1, :, 1]).all()
