"""What a face engine is: it finds faces, marks their points, and encodes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from enrollment.faces.distance import Template
from enrollment.faces.face import Box, Face
from enrollment.faces.images import Pixels


class Engine(Protocol):
    """Finds faces and encodes them; the steps are apart so that a bystander is found and never encoded."""

    @property
    def name(self) -> str:
        """The engine set's name, as in the setting `FACE_ENGINES`."""

    @property
    def version(self) -> str:
        """What templates depend on: two templates are comparable only if this is the same for both."""

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every face in the picture."""

    def mark(self, pixels: Pixels, box: Box) -> Face:
        """Return the face in the box with its five points."""

    def encode(self, pixels: Pixels, face: Face) -> Template:
        """Return the template of the face: float32, as many numbers as this engine's templates have."""
