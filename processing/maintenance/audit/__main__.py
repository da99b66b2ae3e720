"""``python -m processing.maintenance.audit`` prints every inconsistency, one a line, and exits 1 if there is any."""

from __future__ import annotations

import sys
from typing import Any, cast

from db.engine import Database
from errors import SettingsInvalid
from processing.maintenance.audit import confirm_findings
from processing.runtime.broker import RedisWakeUp, make_broker
from processing.runtime.embedded_valkey import choose_socket
from processing.services import Services
from settings import Settings, load_settings
from storage.choose import open_storage


def main() -> int:
    try:
        services = open_services(load_settings())
    except SettingsInvalid as error:
        print(error, file=sys.stderr)
        return 2
    findings = confirm_findings(services)
    for finding in findings:
        print(finding)
    print("All in order." if not findings else f"{len(findings)} findings.", file=sys.stderr)
    return 1 if findings else 0


def open_services(settings: Settings) -> Services:
    """Services without a notifier, because an audit sends no messages."""
    url = settings.redis_url or f"unix://{choose_socket(settings.data_folder / 'valkey')}?db=0"
    wake_up = RedisWakeUp(make_broker(url))
    return Services(
        settings,
        Database(settings.database),
        open_storage(settings.storage, settings.scratch_directory),
        wake_up,
        cast(Any, None),
    )


if __name__ == "__main__":
    sys.exit(main())
