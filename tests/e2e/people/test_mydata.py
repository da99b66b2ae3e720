"""Alice takes everything away that is kept about her; Charlie's data is not in it."""

from __future__ import annotations

import io
import json
import zipfile

from tests.documents import make_pdf
from tests.e2e.conftest import Meet
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS

SECRETS = {"Alice": "marzipan", "Charlie": "saffron"}


def test_alice_gets_her_data_from_a_worker_and_nothing_of_charlie(meet: Meet) -> None:
    people = {name: meet(name) for name in SECRETS}
    for name, secret in SECRETS.items():
        people[name].send_file(make_pdf([f"The word of the day is {secret}, and no other."]), f"{name}.pdf")
        people[name].wait_for("is ready", READY_SECONDS)
    alice = people["Alice"]
    asked = alice.say("/mydata")
    message = alice.wait_for(lambda message: "document" in message, ANSWER_SECONDS, after=asked)
    assert message["document"]["file_name"] == "socrate-1.zip"
    with zipfile.ZipFile(io.BytesIO(alice.sandbox.download(message))) as archive:
        rows = json.loads(archive.read("data.json"))
        names = archive.namelist()
    assert [row["name"] for row in rows["documents"]] == ["Alice.pdf"]
    assert [row["telegram_id"] for row in rows["tenants"]] == [alice.id]
    assert "Charlie" not in json.dumps(rows)
    assert names == ["data.json", "documents/1 Alice.pdf", "films/1 Alice.socrate.mp4"]
