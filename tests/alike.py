"""For embedders that make the vectors of questions as they make those of passages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class EmbedsAlike:
    """A part of ``ports.Embedder``."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed_question(self, question: str) -> NDArray[np.float32]:
        return np.asarray(self.embed([question])[0], np.float32)
