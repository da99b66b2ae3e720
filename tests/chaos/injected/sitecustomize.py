"""Python imports this module at its start if this folder comes first on its path: installs fault injector and clock."""

from tests.chaos.clocks import clock
from tests.chaos.injector import patches

patches.install()
clock.install()
