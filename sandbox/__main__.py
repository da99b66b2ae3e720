"""The sandbox alone: ``python -m bot.sandbox --port 8081 --token 1:TEST``."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from sandbox.server import SandboxServer


async def serve(token: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = SandboxServer(token, port=port)
    await server.start()
    sys.stdout.write(f"Open {server.url}/\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Telegram of one's own, for trying and for tests.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="1:SANDBOX")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.token, arguments.port))


if __name__ == "__main__":
    main()
