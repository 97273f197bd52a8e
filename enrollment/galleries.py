"""The galleries that this process holds in memory, and how they stay true.

A gallery is made of references opened through the vault, and of nobody's who may not be compared now. Before every
search its version is compared with the school's; what is gone is overwritten with zeros, and only what is new is
opened. `tidy` does the same without a search: a thread calls it, so that an idle worker forgets in time too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connections

from campus import clock
from campus.models import School
from enrollment import identification
from enrollment.faces import distance
from enrollment.faces.gallery import Candidate, Gallery
from enrollment.identification import Standing
from enrollment.models import Reference, ReferenceCiphertext
from enrollment.search import Search
from enrollment.vault import keys

log = logging.getLogger(__name__)

TIDY_EVERY_SECONDS = 10.0
"""Withdrawn references are to be overwritten within 30 s; this leaves room for a busy machine."""


@dataclass
class Copy:
    """What this process holds of one school."""

    number: int = -1
    galleries: dict[str, Gallery] = field(default_factory=dict)
    """By engine: a change of engines leaves the old one's gallery empty."""

    @property
    def size(self) -> int:
        """How many references are held."""
        return sum(map(len, self.galleries.values()))

    def gallery(self, engine: str) -> Gallery | None:
        return self.galleries.get(engine)

    def clear(self) -> None:
        self.number = -1
        for gallery in self.galleries.values():
            gallery.clear()


class Galleries:
    """One process's galleries, by school. Searching and tidying take turns."""

    def __init__(self) -> None:
        self._copies: dict[UUID, Copy] = {}
        self._turn = threading.Lock()

    def search(
        self, school: School, probe: distance.Template, *, engine: str, at: datetime
    ) -> tuple[Standing, tuple[Candidate, ...]]:
        """Return how the school's gallery stands, and the nearest student to a probe and the nearest other one.

        Nobody is returned where the gallery may not be searched, or the probe is of another engine.
        """
        with self._turn:
            copy, standing = self._up_to_date(school, at)
            gallery = copy.gallery(engine)
            if standing.search is not Search.OPEN or standing.engine != engine or gallery is None:
                return standing, ()
            return standing, gallery.nearest(probe, at.timestamp())

    def tidy(self, at: datetime) -> None:
        """Bring every gallery up to date; overwrite those of schools that allow none, and all if that can't be told."""
        try:
            allowing = list(School.objects.filter(identifies=True))
            with self._turn:
                for school in allowing:
                    self._up_to_date(school, at)
                for school_id in self._copies.keys() - {school.id for school in allowing}:
                    self._copies.pop(school_id).clear()
        except (DatabaseError, InterfaceError):
            log.warning("the galleries are overwritten: the database can't say who may still be in them")
            self.forget()

    def forget(self) -> None:
        """Overwrite everything."""
        with self._turn:
            for copy in self._copies.values():
                copy.clear()
            self._copies.clear()

    def sizes(self) -> dict[UUID, int]:
        """Return how many references are held of each school."""
        return {school: copy.size for school, copy in self._copies.items()}

    def _up_to_date(self, school: School, at: datetime) -> tuple[Copy, Standing]:
        """Bring one school's copy up to date. Nothing is opened, or held, where it may not be searched."""
        copy = self._copies.setdefault(school.id, Copy())
        number = identification.version_of(school) if school.identifies else -1
        held = 0 <= copy.number == number
        standing = identification.standing(school, at, size=copy.size if held else None)
        if standing.search is not Search.OPEN:
            copy.clear()
            return copy, standing
        if not held:
            _patch(copy, school, at)
            copy.number = number
        for gallery in copy.galleries.values():
            gallery.drop_ended(at.timestamp())
        return copy, standing


def _patch(copy: Copy, school: School, at: datetime) -> None:
    """Overwrite what no longer belongs, then open what is new."""
    members = identification.members(school, at)
    ends = {row[0]: row[1:] for row in members.values_list("id", "engine", "permit__compare_until")}
    for gallery in copy.galleries.values():
        for gone in gallery.references - ends.keys():
            gallery.drop(gone)
    new = []
    for reference, (engine, ends_at) in ends.items():
        held = copy.galleries.get(engine)
        if held is None or not held.prolong(reference, until=ends_at.timestamp()):
            new.append(reference)
    # Asked for as members once more: whoever withdrew between the two questions is not opened.
    for row, template in opened(list(members.filter(id__in=new).select_related("permit")) if new else []):
        gallery = copy.galleries.setdefault(row.engine, Gallery(template.size))
        gallery.put(row.id, student=row.student_id, template=template, until=row.permit.compare_until.timestamp())
        template[:] = 0.0


def opened(references: list[Reference]) -> Iterator[tuple[Reference, distance.Template]]:
    """Open references that may be compared; one that doesn't open is told in the log and left out."""
    blobs = dict(ReferenceCiphertext.objects.filter(reference__in=references).values_list("reference_id", "blob"))
    by_id = {row.id: row for row in references if row.id in blobs}
    sealed = {
        row.id: (bytes(blobs[row.id]), keys.Binding(row.school_id, row.student_id, row.purpose, row.engine))
        for row in by_id.values()
    }
    plain = keys.decrypt_many(sealed)
    for row in references:
        try:
            yield row, distance.template_from_bytes(plain[row.id])
        except (KeyError, distance.MalformedTemplateError):
            log.error("the reference %s can't be opened", row.id)


OURS = Galleries()
"""The galleries of this process."""


def keep_tidy(galleries: Galleries = OURS, *, every: float = TIDY_EVERY_SECONDS) -> threading.Event:
    """Start the thread that tidies this process's galleries, at once and then every so many seconds.

    Returns the event that ends it.
    """
    ended = threading.Event()

    def run() -> None:
        while True:
            try:
                galleries.tidy(clock.now())
            except Exception:  # Whatever it was: nothing may be held that nobody looks after.
                log.exception("the galleries are overwritten: tidying them failed")
                galleries.forget()
            finally:
                connections.close_all()
            if ended.wait(every):
                return

    threading.Thread(target=run, name="tidy-galleries", daemon=True).start()
    return ended
