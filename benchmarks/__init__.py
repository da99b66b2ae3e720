"""Measures Socrate, and memvid as it is published ('stock') beside it."""
