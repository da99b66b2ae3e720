"""Starts the bot with its status page and, if Redis is not set up elsewhere, the queue and the workers."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from pydantic import SecretStr

from errors import SettingsInvalid
from processing.locks.limits import raise_descriptors
from processing.runtime import secrets
from processing.runtime.embedded_valkey import EmbeddedValkey, claim_folder
from processing.runtime.exits import exit_now
from processing.runtime.logs import set_up_logs
from processing.runtime.supervisor import Supervised
from settings import VERSION, Settings, load_settings
from wiring import describe_environment, run_bot

HOME = Path(__file__).parent
SANDBOX_TOKEN = "1:SANDBOX"
NO_TOKEN = (
    "There is no TELEGRAM_BOT_TOKEN. Two ways from here:\n"
    "  1. Get a token from @BotFather in Telegram and set TELEGRAM_BOT_TOKEN (in the environment or in .env).\n"
    "  2. Try it without Telegram: python main.py --sandbox"
)
log = logging.getLogger(__name__)


def main() -> int:
    arguments = parse_arguments()
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        print(error, file=sys.stderr)
        return 2
    secrets.protect()
    raise_descriptors()
    try:
        sandbox = choose_sandbox(arguments, settings)
        set_up_logs(settings.log_level)
        prepare_folder(settings.data_folder)
        asyncio.run(run(settings, sandbox, arguments.worker))
    except SettingsInvalid as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(describe_os_error(error, settings), file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Socrate: ask your documents, in Telegram.")
    parser.add_argument("--version", action="version", version=f"Socrate {VERSION}")
    parser.add_argument("--sandbox", action="store_true", help="start a stand-in for Telegram, on this machine only")
    parser.add_argument(
        "--sandbox-without-token", action="store_true", help="start the sandbox if no TELEGRAM_BOT_TOKEN is set"
    )
    parser.add_argument("--worker", action="store_true", help="start workers here even if REDIS_URL is set")
    return parser.parse_args()


def choose_sandbox(arguments: argparse.Namespace, settings: Settings) -> bool:
    """Return True if the sandbox is to be started: only if it was asked for, so that no server starts it by accident.

    Raise ``SettingsInvalid`` if there is neither a sandbox nor a token.
    """
    missing = settings.telegram_bot_token is None
    if arguments.sandbox_without_token and missing:
        print(
            "No TELEGRAM_BOT_TOKEN is set: starting the sandbox, a stand-in for Telegram on this machine.", flush=True
        )
        return True
    if arguments.sandbox:
        return True
    if missing:
        raise SettingsInvalid(problems=[NO_TOKEN])
    return False


def prepare_folder(folder: Path) -> None:
    """Create the data folder, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


async def run(settings: Settings, sandbox: bool, worker: bool) -> None:
    """Start everything, wait for a signal to stop, then stop it in the reverse order."""
    stop = listen_for_stop()
    async with AsyncExitStack() as stack:
        if sandbox:
            settings = await start_sandbox(stack, settings)
        if not settings.redis_url:
            settings = await start_valkey(stack, settings)
            worker = True
        child = prepare_worker(stack, settings) if worker else None
        await run_bot(stack, settings)
        secrets.forget_bucket()
        if child:
            child.start()
        print(f"Socrate is running. Status page: http://{settings.host}:{settings.port}/", flush=True)
        if sandbox:
            print(f"Open the chat: {settings.telegram_api_base_url}/", flush=True)
        await stop.wait()
        log.info("stopping")
        if child:
            # The workers stop while the bot stops; the exit stack waits for them at its end.
            child.ask_to_stop()


def listen_for_stop() -> asyncio.Event:
    """Return an event that is set when SIGTERM or SIGINT arrives."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def start_sandbox(stack: AsyncExitStack, settings: Settings) -> Settings:
    """Start the sandbox and return the settings with its token and its address."""
    from sandbox.server import SandboxServer

    server = SandboxServer(SANDBOX_TOKEN, port=settings.sandbox_port)
    await server.start()
    stack.push_async_callback(server.stop)
    telegram = {"telegram_bot_token": SecretStr(SANDBOX_TOKEN), "telegram_api_base_url": server.url}
    return settings.model_copy(update=telegram)


async def start_valkey(stack: AsyncExitStack, settings: Settings) -> Settings:
    """Start the embedded Valkey and return the settings with its address. Raise ``SettingsInvalid`` if it fails."""
    folder = settings.data_folder / "valkey"
    stack.enter_context(claim_folder(folder))
    valkey = EmbeddedValkey(folder)
    await asyncio.to_thread(valkey.start)
    stack.push_async_callback(asyncio.to_thread, valkey.stop)
    return settings.model_copy(update={"redis_url": valkey.url})


def prepare_worker(stack: AsyncExitStack, settings: Settings) -> Supervised:
    """Return the worker process, not started yet; ``stack`` stops it."""
    command = [sys.executable, str(HOME / "worker.py")]
    child = Supervised("worker", command, describe_environment(settings), secrets.collect_secrets(settings))
    stack.push_async_callback(asyncio.to_thread, child.stop)
    return child


def describe_os_error(error: OSError, settings: Settings) -> str:
    """Return the sentence for an ``OSError`` at the start; one for a port in use names the ports and their settings."""
    if error.errno != errno.EADDRINUSE:
        return f"Socrate could not start: {error.strerror or error}."
    ports = f"{settings.port} (PORT) or {settings.sandbox_port} (SANDBOX_PORT, with the sandbox)"
    return f"Socrate could not start: port {ports} is in use. Is another Socrate running?"


if __name__ == "__main__":
    exit_now(main())
