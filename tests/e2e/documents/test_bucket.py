"""A running Socrate whose files are in a bucket, as on machines that share no folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import make_pdf
from tests.driver import Sandbox
from tests.invariants import check_consistency, check_delivered_once, check_no_secret
from tests.servers.programs import S3_CREDENTIALS, S3Server
from tests.servers.queue_server import QueueServer
from tests.stack import Stack, wait_until

PAGES = [
    f"The {animal} of page {page} eats {food} by the sea."
    for page, animal, food in ((1, "gull", "crabs"), (2, "seal", "herring"))
]


@pytest.fixture
def stack(queue_server: QueueServer, bucket_url: str, tmp_path: Path) -> Iterator[Stack]:
    opened = Stack(tmp_path, {"REDIS_URL": queue_server.url, "STORAGE_URL": bucket_url, **S3_CREDENTIALS})
    try:
        opened.start(workers=True)
        yield opened
    finally:
        opened.stop()


def test_a_document_lives_in_the_bucket_from_upload_to_deletion(
    stack: Stack, s3_server: S3Server, bucket_url: str
) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    alice = sandbox.person("Alice")
    alice.send_file(make_pdf(PAGES), "sea.pdf")
    ready = alice.wait_for("is ready", 180)
    asked = alice.say("What does the seal eat?")
    answer = alice.wait_for("herring", after=asked)
    assert "p. 2" in answer["text"]
    alice.tap("p. 2", answer)
    alice.wait_for(lambda message: "photo" in message, after=answer["message_id"])
    alice.tap("Export", ready)
    film = sandbox.download(alice.wait_for(lambda message: "document" in message))
    names = [name for name in s3_server.list_objects(bucket_url) if "/probes/" not in name]
    assert names and all(name.startswith("some/prefix/tenants/") for name in names), names
    check_consistency(stack)
    alice.say("/delete")
    alice.wait_for("Which document")
    alice.tap("sea.pdf", alice.last_bot_message())
    alice.wait_for(lambda message: "Yes, delete it" in alice.buttons(message))
    alice.tap("Yes, delete it")
    alice.wait_for("is deleted")
    wait_until(lambda: s3_server.list_objects(bucket_url) == [], "an empty bucket", alice.describe)
    again = alice.send_file(film, "sea.socrate.mp4")
    alice.wait_for("is ready", 180, after=again)
    assert not (stack.data / "storage").exists() and list((stack.data / "scratch").iterdir()) == []
    s3_server.stop()
    late = alice.send_file(make_pdf(["The walrus waits until the tide is back."]), "late.pdf")
    alice.wait_for("What you sent is kept", 120, after=late)
    s3_server.start()
    alice.wait_for("late.pdf is ready", 240, after=late)
    assert check_delivered_once([alice]) == 3
    check_no_secret(stack, *S3_CREDENTIALS.values())
    sandbox.close()
