"""Chooses, of many documents, the few that are worth opening for a question: from a sketch of each."""
