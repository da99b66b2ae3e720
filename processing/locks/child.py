"""The child that handles foreign bytes: ``python -m processing.locks.child ORDER`` locks itself and runs a module.

ORDER is JSON, an ``Order``. The module has a function ``main(Task)``, which returns nothing.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec, module_from_spec

# Imported before the locks: the folder in which they are cannot be listed afterwards.
import db  # noqa: F401
import errors  # noqa: F401
from processing.locks.order import Task, read_order
from processing.locks.table import apply_locks


def main() -> None:
    order = read_order(sys.argv[1])
    # Libraries may print to standard output, so it is redirected. Only what the module writes goes to the parent.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    file = os.fdopen(order.file, "rb") if order.file >= 0 else None
    # The module is found before the locks and runs after them, together with the libraries that it imports.
    spec = find_spec(order.module)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(order.module)
    module, code = module_from_spec(spec), spec.loader
    sys.modules[order.module] = module
    held = apply_locks(order)
    code.exec_module(module)
    module.main(Task(file, order.arguments, out, held))
    out.flush()
    # Exit without cleaning up: to free what a hostile document leaves in memory may take long.
    os._exit(0)


if __name__ == "__main__":
    main()
