"""Runs the sandbox alone, without the bot: ``python -m sandbox --port 8081 --token 1:SANDBOX``."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from sandbox.server import SandboxServer

DESCRIPTION = (
    "Runs the sandbox, a stand-in for Telegram on this machine: the Bot API for bots, and a chat page for people. "
    "Everything is forgotten when it stops."
)
EXPLANATION = """\
The sandbox is running: a stand-in for Telegram on this machine. Nothing is sent to Telegram.
Chat page: {url}/
Bot API:   {url}/bot<token>/<method>
Press Ctrl+C to stop; messages and files are forgotten then.
"""


def main() -> int:
    """Return 0 after SIGINT or SIGTERM, 1 if the port is in use or the token does not begin with the bot's number."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=DESCRIPTION)
    parser.add_argument("--port", type=int, default=8081, help="port on loopback; 0 takes a free one (default: 8081)")
    parser.add_argument("--token", default="1:SANDBOX", help="the token that the bot uses (default: 1:SANDBOX)")
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.token, arguments.port))
    except (OSError, OverflowError, ValueError) as error:
        sys.stderr.write(f"The sandbox cannot start: {error}.\n")
        return 1
    return 0


async def serve(token: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM arrives. Raise ``ValueError`` for a wrong token, ``OSError`` for a port in use."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = SandboxServer(token, port=port)
    await server.start()
    sys.stdout.write(EXPLANATION.format(url=server.url))
    sys.stdout.flush()
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    sys.exit(main())
