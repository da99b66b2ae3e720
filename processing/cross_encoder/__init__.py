"""The reader: a cross-encoder that reads question and passage together."""

from processing.cross_encoder.reader import E5CrossEncoder

__all__ = ["E5CrossEncoder"]
