"""Scenarios that break a running Socrate on purpose: processes are killed, servers stopped, disks filled."""
