"""Measures Socrate beside memvid as it is published."""
