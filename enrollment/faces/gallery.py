"""Many references in one block of memory, searched exactly by one matrix product.

A row that leaves is overwritten with zeros before its place is used again. Needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.distance import DLIB_WEIGHT, PARTS, MalformedTemplateError, Template, distance

_FIRST_ROWS = 64


@dataclass(frozen=True)
class Candidate:
    """A reference that is near a probe, and how near."""

    student: UUID
    reference: UUID
    distance: float


def between(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each template of one block is from each of another, as a table in float32."""
    ends = np.cumsum(PARTS[rows.shape[1]])[:-1]
    pairs = zip(np.split(rows, ends, axis=1), np.split(others, ends, axis=1), strict=True)
    return _fused([one @ other.T for one, other in pairs])


def _fused(cosines: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the distances of `distance.distance` from the cosines of each network's numbers."""
    apart = np.sqrt(np.maximum(2.0 - 2.0 * cosines[0], 0.0))
    if len(cosines) > 1:
        apart = 1.0 - np.minimum(cosines[1], 1.0) + np.float32(DLIB_WEIGHT) * apart
    return np.asarray(apart, np.float32)


@dataclass(repr=False)
class Gallery:
    """References of one school, of templates with so many numbers (128 or 320). Its `repr` shows none of them."""

    dimensions: int

    def __post_init__(self) -> None:
        if self.dimensions not in PARTS:
            raise MalformedTemplateError("no engine makes templates of this length")
        self._rows = np.zeros((_FIRST_ROWS, self.dimensions), np.float32)
        self._ends = np.zeros(_FIRST_ROWS)
        self._held: list[tuple[UUID, UUID]] = []
        """Student and reference of each row in use, which are the first ones."""
        self._places: dict[UUID, int] = {}
        self._of: dict[UUID, set[UUID]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, reference: UUID) -> bool:
        return reference in self._places

    @property
    def references(self) -> frozenset[UUID]:
        """The references that are held."""
        return frozenset(self._places)

    def put(self, reference: UUID, *, student: UUID, template: Template, until: float) -> None:
        """Hold a reference until a moment (seconds since 1970); one that is held already only gets the new end."""
        if self.prolong(reference, until=until):
            return
        if template.shape != (self.dimensions,):
            raise MalformedTemplateError("a template of another engine belongs in another gallery")
        place = len(self._held)
        if place == len(self._rows):
            self._grow()
        self._rows[place], self._ends[place] = template, until
        self._held.append((student, reference))
        self._places[reference] = place
        self._of.setdefault(student, set()).add(reference)

    def prolong(self, reference: UUID, *, until: float) -> bool:
        """Give a reference a new end, and tell whether it is held."""
        place = self._places.get(reference)
        if place is not None:
            self._ends[place] = until
        return place is not None

    def drop(self, reference: UUID) -> bool:
        """Overwrite a reference with zeros and tell whether it was held. The last row moves into its place."""
        place = self._places.pop(reference, None)
        if place is None:
            return False
        student, last = self._held[place][0], len(self._held) - 1
        self._of[student].discard(reference)
        if not self._of[student]:
            del self._of[student]
        if place != last:
            self._rows[place], self._ends[place] = self._rows[last], self._ends[last]
            self._held[place] = self._held[last]
            self._places[self._held[place][1]] = place
        self._rows[last], self._ends[last] = 0.0, 0.0
        self._held.pop()
        return True

    def drop_ended(self, at: float) -> int:
        """Overwrite every reference whose end has come, and return how many."""
        ended = [reference for reference, place in self._places.items() if self._ends[place] <= at]
        return sum(self.drop(reference) for reference in ended)

    def clear(self) -> None:
        """Overwrite everything."""
        self._rows[:], self._ends[:] = 0.0, 0.0
        self._held, self._places, self._of = [], {}, {}

    def nearest(self, probe: Template, at: float) -> tuple[Candidate, ...]:
        """Return the nearest student and the nearest other one, of those whose end has not come: 2, 1 or none.

        The search is in float32; what is returned are the values of `distance.distance`.
        """
        apart = self._distances(probe, at)
        found: list[Candidate] = []
        while len(found) < 2 and len(apart) and np.isfinite(apart[place := int(apart.argmin())]):
            found.append(self._candidate(place, probe))
            apart[[self._places[reference] for reference in self._of[found[-1].student]]] = np.inf
        return tuple(sorted(found, key=lambda candidate: candidate.distance))

    def within(self, probe: Template, limit: float, at: float) -> tuple[Candidate, ...]:
        """Return every reference no farther than a limit, of those whose end has not come, the nearest first."""
        slack = 1e-3  # What float32 may be wrong by; the exact value decides.
        near = np.flatnonzero(self._distances(probe, at) <= limit + slack)
        found = [self._candidate(int(place), probe) for place in near]
        return tuple(sorted((one for one in found if one.distance <= limit), key=lambda one: one.distance))

    def _candidate(self, place: int, probe: Template) -> Candidate:
        student, reference = self._held[place]
        return Candidate(student, reference, distance(self._rows[place], probe))

    def _distances(self, probe: Template, at: float) -> NDArray[np.float32]:
        """Return how far every row in use is from the probe; infinitely far where its end has come."""
        if probe.shape != (self.dimensions,):
            raise MalformedTemplateError("two templates of different engines are not comparable")
        count, parts = len(self._held), PARTS[self.dimensions]
        # One product with the probe of each network in a column of its own.
        columns = np.zeros((self.dimensions, len(parts)), np.float32)
        begin = 0
        for column, size in enumerate(parts):
            columns[begin : begin + size, column] = probe[begin : begin + size]
            begin += size
        cosines = self._rows[:count] @ columns
        apart = _fused([cosines[:, part] for part in range(len(parts))])
        apart[self._ends[:count] <= at] = np.inf
        return apart

    def _grow(self) -> None:
        rows, ends = self._rows, self._ends
        self._rows, self._ends = np.zeros((2 * len(rows), self.dimensions), np.float32), np.zeros(2 * len(rows))
        self._rows[: len(rows)], self._ends[: len(rows)] = rows, ends
        rows[:] = 0.0
