"""Cuts texts into the pieces of e5's vocabulary."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator

import sentencepiece

from processing.transformer.e5_file import E5File, Special

# What the model's own normalisation drops, and what it takes for a space. NFKC does the rest of it.
DROPPED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u008f\u009f]")
SPACE = re.compile("[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]")
SPACES = re.compile(" {2,}")
# The kinds of pieces in sentencepiece's format.
NORMAL, UNKNOWN, CONTROL = 1, 2, 3
# In bytes.
LONGEST_PIECE = 200


class Pieces:
    """The vocabulary, ready to cut texts. It takes about 55 MB."""

    def __init__(self, file: E5File) -> None:
        self.special = file.special
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=write_model(file))

    def list_ids(self, text: str, most: int = -1) -> list[int]:
        """Return the ids of the text's pieces, the first ``most`` if that is not negative, without special pieces."""
        ids: list[int] = self._processor.encode(normalise(text))
        return ids if most < 0 else ids[:most]

    def count(self, text: str) -> int:
        return len(self._processor.encode(normalise(text)))


def normalise(text: str) -> str:
    return SPACES.sub(" ", unicodedata.normalize("NFKC", SPACE.sub(" ", DROPPED.sub("", text)))).strip()


def write_model(file: E5File) -> bytes:
    """Return sentencepiece's file for the vocabulary, a message of protocol buffers.

    Its fields: 1 the pieces (1 text, 2 score, 3 kind), 2 the training (3 unigram; 40 to 43 the ids of the special
    pieces), 3 the normaliser (1 name; 3 a space before the text, 4 only single spaces, 5 spaces as a character).
    """
    special = file.special
    training = write_number(3, 1) + b"".join(
        write_number(field, number)
        for field, number in ((40, special.unknown), (41, special.begin), (42, special.end), (43, special.gap))
    )
    normaliser = write_bytes(1, b"identity") + write_number(3, 1) + write_number(4, 1) + write_number(5, 1)
    return b"".join(write_pieces(file, special)) + write_bytes(2, training) + write_bytes(3, normaliser)


def write_pieces(file: E5File, special: Special) -> Iterator[bytes]:
    kinds = dict.fromkeys((special.begin, special.end, special.gap), CONTROL) | {special.unknown: UNKNOWN}
    score = struct.Struct("<f")
    for number, (piece, value) in enumerate(file.iterate_pieces()):
        # Fields one (text), two (four bytes) and three (a number). Written in one go: there are 250,000 pieces.
        content = b"\x0a%b%b\x15%b\x18%c" % (LENGTHS[len(piece)], piece, score.pack(value), kinds.get(number, NORMAL))
        yield b"\x0a%b%b" % (LENGTHS[len(content)], content)


def write_number(field: int, number: int) -> bytes:
    return write_varint(field << 3) + write_varint(number)


def write_bytes(field: int, content: bytes) -> bytes:
    return write_varint(field << 3 | 2) + write_varint(len(content)) + content


def write_varint(number: int) -> bytes:
    """Return the number in groups of seven bits, the lowest first; all but the last have their eighth bit set."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))


# Of pieces and of what is written of them.
LENGTHS = [write_varint(length) for length in range(LONGEST_PIECE + 16)]
