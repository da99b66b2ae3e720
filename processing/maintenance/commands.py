"""What commands of an operator need beside a running product."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

from db.engine import Database
from errors import SettingsInvalid
from processing.runtime.broker import RedisWakeUp, make_broker
from processing.runtime.embedded_valkey import choose_socket
from processing.services import Services
from settings import Settings, load_settings
from storage.choose import open_storage


def run(command: Callable[[Services], int]) -> int:
    """Call the command and return its exit code; if the settings are invalid, print what is wrong and return 2."""
    try:
        services = open_services(load_settings())
    except SettingsInvalid as error:
        print(error, file=sys.stderr)
        return 2
    return command(services)


def open_services(settings: Settings) -> Services:
    """Services without a notifier, because commands send no messages."""
    url = settings.redis_url or f"unix://{choose_socket(settings.data_folder / 'valkey')}?db=0"
    wake_up = RedisWakeUp(make_broker(url))
    return Services(
        settings,
        Database(settings.database),
        open_storage(settings.storage, settings.scratch_directory),
        wake_up,
        cast(Any, None),
    )
