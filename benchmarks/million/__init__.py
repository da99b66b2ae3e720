"""Measures a system with a million documents."""
