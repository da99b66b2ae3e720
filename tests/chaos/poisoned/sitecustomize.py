"""Python imports this module at its start if this folder comes first on its path: kills whatever cuts the poison."""

from tests.chaos.poisoned.poison import install

install()
