"""The language model: the only room that knows the openai package."""
