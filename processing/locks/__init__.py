"""Child processes that handle foreign bytes, and the locks that take their rights away. docs/decisions/0016."""

from processing.locks.start import end_child, start_child

__all__ = ["end_child", "start_child"]
