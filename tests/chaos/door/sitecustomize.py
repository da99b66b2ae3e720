"""Runs at the start of every Python whose path leads here first: puts the door of ``calls_door`` into it."""

from tests.chaos.calls_door import put_in

put_in()
