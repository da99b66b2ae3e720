"""Strikes single calls to what is outside a process."""
