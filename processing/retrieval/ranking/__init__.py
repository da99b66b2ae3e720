"""Puts found passages into order, and decides which of them answer."""
