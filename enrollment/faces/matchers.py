"""The two networks that turn a face into numbers: dlib's and MobileFaceNet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from enrollment.faces.face import Face
from enrollment.faces.images import Pixels
from enrollment.faces.landmarks import dlib_chip, mobile_chip

Numbers = NDArray[np.float64]


class Matcher(Protocol):
    """A network that turns a face into numbers."""

    def encode(self, pixels: Pixels, face: Face) -> Numbers:
        """Return the numbers of a face, of length 1."""


class Dlib:
    """dlib's ResNet of 29 convolutions: 128 numbers, compared by their distance."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def encode(self, pixels: Pixels, face: Face) -> Numbers:
        """Return 128 numbers of length 1."""
        return _of_length_1(self.templates(dlib_chip(pixels, face)[None])[0])

    def templates(self, chips: Pixels) -> NDArray[np.float32]:
        """Return what dlib itself would for chips (N x 150 x 150 x 3): N x 128, not normalized."""
        numbers: NDArray[np.float32] = self._session.run(None, {"chips": chips})[0]
        return numbers


class MobileFaceNet:
    """A small modern network: 192 numbers, compared by their cosine. Its batch of two takes the mirror image too."""

    def __init__(self, path: Path) -> None:
        self._interpreter: Any = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def encode(self, pixels: Pixels, face: Face) -> Numbers:
        """Return 192 numbers of length 1: the sum over the face and its mirror image."""
        chip = (mobile_chip(pixels, face).astype(np.float32) - 127.5) / 128.0
        self._interpreter.set_tensor(self._input, np.stack([chip, chip[:, ::-1]]))
        self._interpreter.invoke()
        both = self._interpreter.get_tensor(self._output).astype(np.float64)
        return _of_length_1(sum(_of_length_1(each) for each in both))


def _of_length_1(numbers: Any) -> Numbers:
    exact = np.asarray(numbers, dtype=np.float64)
    return exact / np.linalg.norm(exact)
