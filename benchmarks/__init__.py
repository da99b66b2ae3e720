"""Measures Socrate, and compares it with memvid as it is published ("stock memvid")."""
