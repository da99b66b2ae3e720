"""Finds passages for a question: by words, by meaning, by both."""
