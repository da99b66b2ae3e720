"""``python -m processing.maintenance.audit`` prints every inconsistency, one a line, and exits 1 if there is any."""

from __future__ import annotations

import sys

from processing.maintenance.audit import confirm_findings
from processing.maintenance.commands import run
from processing.services import Services


def main(services: Services) -> int:
    findings = confirm_findings(services)
    for finding in findings:
        print(finding)
    print("All in order." if not findings else f"{len(findings)} findings.", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(run(main))
