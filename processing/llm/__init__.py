"""Language models and embeddings on OpenAI-compatible servers; no other room imports the openai package."""
