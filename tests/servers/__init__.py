"""Servers that tests start on free ports and stop."""
