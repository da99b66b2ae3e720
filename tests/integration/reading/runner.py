"""A reader that executes a program, as text recognition does, and writes its exit code or the error."""

from __future__ import annotations

import subprocess

from processing.locks.order import Task


def main(task: Task) -> None:
    try:
        said = str(subprocess.run([task.arguments[0]], stdout=subprocess.PIPE, check=False).returncode)
    except OSError as error:
        said = error.strerror or "failed"
    task.out.write(said.encode())
