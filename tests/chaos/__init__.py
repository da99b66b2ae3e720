"""Tests that break things on purpose: real processes, real deaths, one line of result each."""
