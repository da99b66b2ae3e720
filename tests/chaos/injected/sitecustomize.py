"""Python imports this module at its start if this folder comes first on its path: installs fault injector and clock."""

from tests.chaos import fault_injector
from tests.chaos.clocks import clock

fault_injector.install()
clock.install()
