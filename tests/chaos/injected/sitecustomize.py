"""Python imports this module at its start if this folder comes first on its path: installs the fault injector."""

from tests.chaos.fault_injector import install

install()
