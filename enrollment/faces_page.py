"""The public page about the face reader: what it is, of whom it was measured, and what that doesn't show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campus import clock
from campus.models import School
from enrollment import acceptance, calibration, engine_sets
from enrollment.calibration import Calibration
from enrollment.models import GalleryCheck

PHOTOS, FRAMES = (3, 4, 5), (1, 2, 3)


@dataclass(frozen=True)
class Measured:
    """One group in the table."""

    name: str
    people: int
    person_pairs: int
    false_match_pairs: int
    shown: bool
    """The target was shown for it."""
    one_in: str
    """What was shown: at most one false match in so many comparisons. Empty where nothing was."""


@dataclass(frozen=True)
class Reader:
    """One engine set as the page tells it."""

    engines: str
    before: bool
    """It is the set before, which is compared until the renewal ends."""
    measured: Calibration | None
    sentence: str
    one_in: int
    """The target is at most one false match in so many comparisons of two people."""
    groups: list[Measured]
    thresholds: list[tuple[int, list[float]]]
    """Number of enrolled pictures -> the thresholds for 1, 2 and 3 frames."""

    @property
    def pairs_needed(self) -> int:
        """About how many pairs of different people it takes to show that."""
        return 3 * self.one_in


def last_check(school: School) -> GalleryCheck | None:
    """Return what a school learned last by comparing its own references, where they were enough to count."""
    counted = GalleryCheck.objects.filter(school=school, pairs__isnull=False)
    return counted.order_by("-at").first()


@require_safe
def faces(request: HttpRequest) -> HttpResponse:
    """Show the face reader to whoever asks, families before they answer among them."""
    return render(request, "faces.html", measured_now(clock.now()))


def measured_now(at: datetime) -> dict[str, object]:
    """Return what `_readers.html` tells of the engine sets in use."""
    readers = [of_set(name) for name in engine_sets.names(at)]
    ends = engine_sets.renewal_ends_at() if len(readers) > 1 else None
    return {"readers": readers, "frames": FRAMES, "ends": ends}


def of_set(name: str) -> Reader:
    """Return what is told of an engine set by its name in the settings."""
    before, measured = name != settings.FACE_ENGINES, calibration.of_set(name)
    if measured is None:
        return Reader(name, before, None, "", 0, [], [])
    return Reader(
        engines=name,
        before=before,
        measured=measured,
        sentence=acceptance.sentence(measured),
        one_in=round(1 / measured.target_fmr),
        groups=[
            Measured(
                name=acceptance.words_of(group),
                people=group.people,
                person_pairs=group.person_pairs,
                false_match_pairs=group.false_match_pairs,
                shown=acceptance.is_shown(measured, group),
                one_in=acceptance.one_in(group.shown_at) if group.shown_at is not None else "",
            )
            for group in acceptance.groups_of(measured)
        ],
        thresholds=[
            (photos, [measured.threshold(photos=photos, frames=frames) for frames in FRAMES]) for photos in PHOTOS
        ],
    )
