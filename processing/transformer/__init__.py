"""Transformer encoders of the family of multilingual-e5-small, computed by CTranslate2 in 8-bit integers."""
