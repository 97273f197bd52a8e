"""Consent and no detriment in figures: who said what, and how a card fares beside a face, by year group.

A group of fewer than ten students is merged with others before anything is counted, and a figure that rests on
fewer than ten is not shown, so that nobody is singled out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Aggregate, Count, DurationField, Expression, ExpressionWrapper, F, FloatField, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campus import calendar, clock, offices, roster
from campus.models import Person, School
from campus.sign_in import SignedInRequest, signed_in
from enrollment import standings
from enrollment.models import Reference
from enrollment.protection import OFFICER, page
from enrollment.standings import Standing
from gates.decision import Outcome
from gates.models import Direction, Passage

FEWEST = 10
"""Students below which nothing is told of a group, or of a way through the gate."""
SLOWEST_MORE = 2.0
"""Seconds that the card's median may be above the face's (LAW 20)."""
LATELY = timedelta(days=28)

SAID = {
    Standing.YES: "yes",
    Standing.NOT_IN_FORCE: "yes",
    Standing.NO: "no",
    Standing.WITHDRAWN: "no",
    Standing.CHILD_NO: "no",
    Standing.SILENT: "silent",
}


@dataclass(frozen=True)
class Way:
    """How passages went one way, by face or by card. Seconds; None where fewer than ten students went it."""

    passages: int
    median: float | None
    slow: float | None
    """Nine in ten were faster."""
    refused: int
    tries: int

    @property
    def refused_percent(self) -> float:
        return 100 * self.refused / self.tries


@dataclass
class Years:
    """One year group, or several that are too small alone."""

    years: tuple[int, ...]
    students: list[UUID]
    said: Counter[str] = field(default_factory=Counter)
    enrolled: int = 0
    face: Way | None = None
    card: Way | None = None

    @property
    def name(self) -> str:
        listed = ", ".join(str(year) for year in self.years if year)
        if 0 in self.years:
            return _("Years %(years)s and no class") % {"years": listed} if listed else _("In no class")
        return (_("Year %(years)s") if len(self.years) == 1 else _("Years %(years)s")) % {"years": listed}

    @property
    def size(self) -> int:
        return len(self.students)

    @property
    def more(self) -> float | None:
        """By how many seconds the card's median is above the face's."""
        if not (self.face and self.card) or self.face.median is None or self.card.median is None:
            return None
        return self.card.median - self.face.median

    @property
    def slower(self) -> bool:
        return self.more is not None and self.more > SLOWEST_MORE


class Percentile(Aggregate):
    """A percentile of seconds."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(part)s) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM %(expressions)s)::float8)"
    output_field = FloatField()

    def __init__(self, expression: Expression, part: float) -> None:
        super().__init__(expression, part=part)


@require_safe
@signed_in
def figures(request: SignedInRequest) -> HttpResponse:
    """Show the figures of one of the viewer's schools, each as a chart and as the table behind it."""
    (school, schools), at = offices.asked_for(request, OFFICER), clock.now()
    found = of_school(school, at)
    context = page(request, school, "figures", schools) | {
        "today": calendar.local_date(school, at),
        "began": calendar.local_date(school, at - LATELY),
        "groups": found,
        "few": not found,
        "fewest": FEWEST,
        "consent_chart": consent_chart(found),
        "time_chart": time_chart(found),
        "slower": [one for one in found if one.slower],
        "most": SLOWEST_MORE,
    }
    return render(request, "protection/figures.html", context)


def of_school(school: School, at: datetime) -> list[Years]:
    """Return the figures of a school by year groups of ten students or more; nothing where it has fewer in all."""
    today = calendar.local_date(school, at)
    here = Q(left_on__isnull=True) | Q(left_on__gt=today)
    students = list(Person.objects.filter(here, school=school, kind=Person.Kind.STUDENT))
    found = merged(_years(students, today))
    stands = standings.of(students, at)
    enrolled = set(Reference.objects.filter(school=school).values_list("student_id", flat=True))
    for one in found:
        one.said.update(SAID[stands[student]] for student in one.students)
        one.enrolled = len(enrolled.intersection(one.students))
        one.face, one.card = (_way(one.students, at, by_face=by_face) for by_face in (True, False))
    return found


def merged(years: Mapping[int, Collection[UUID]]) -> list[Years]:
    """Return year groups of at least `FEWEST` students: smaller ones go together, and with the next smallest."""
    by_size = sorted(years, key=lambda year: (len(years[year]), year))
    together: list[int] = []
    count = 0
    for year in by_size:
        if len(years[year]) >= FEWEST and (not together or count >= FEWEST):
            break
        together.append(year)
        count += len(years[year])
    apart = [(year,) for year in by_size[len(together) :]]
    groups = [*apart, tuple(sorted(together))] if count >= FEWEST else apart
    return sorted(
        (Years(group, [student for year in group for student in years[year]]) for group in groups),
        key=lambda one: one.years,
    )


def _years(students: Collection[Person], today: date) -> dict[int, list[UUID]]:
    """Return the students of each year; 0 is who is in no class."""
    in_year = dict(roster.stays(today).filter(student__in=students).values_list("student_id", "group__year"))
    found: dict[int, list[UUID]] = {}
    for student in students:
        found.setdefault(in_year.get(student.id, 0), []).append(student.id)
    return found


def _way(students: Collection[UUID], at: datetime, *, by_face: bool) -> Way | None:
    """Return how the passages of a group went lately; None where fewer than ten of its students went this way."""
    seconds = ExpressionWrapper(F("recorded_at") - F("capture__received_at"), output_field=DurationField())
    tries = Passage.objects.filter(
        person__in=students, direction=Direction.IN, occurred_at__gt=at - LATELY, distance__isnull=not by_face
    )
    counted = tries.aggregate(
        people=Count("person", distinct=True), tries=Count("id"), refused=Count("id", filter=Q(outcome=Outcome.DENIED))
    )
    if counted["people"] < FEWEST:
        return None
    let_in = tries.filter(outcome=Outcome.GRANTED)
    times = let_in.aggregate(median=Percentile(seconds, 0.5), slow=Percentile(seconds, 0.9))
    return Way(
        passages=counted["tries"] - counted["refused"],
        refused=counted["refused"],
        tries=counted["tries"],
        **times,
    )


# ---------------------------------------------------------------- charts: geometry only, colours are the stylesheet's

WIDTH, LABEL, BAR, GAP = 640, 26, 18, 12
"""Width of the drawing, height of a group's name above its bars, of a bar, and of the room below them."""


@dataclass(frozen=True)
class Bar:
    """A piece of a chart: a bar with its words, or a mark at its end. In units of the drawing."""

    kind: str
    x: float
    y: float
    width: float
    words: str = ""

    @property
    def end(self) -> float:
        return self.x + self.width

    @property
    def words_at(self) -> float:
        """Where the words begin: inside a share, after a mark."""
        return self.end + 10 if self.kind == "slow" else self.x + 6

    @property
    def base(self) -> float:
        return self.y + BAR * 0.75

    @property
    def middle(self) -> float:
        return self.y + BAR / 2


@dataclass(frozen=True)
class Chart:
    """A drawing of bars, one row a group."""

    height: int
    labels: list[tuple[int, str]]
    bars: list[Bar]
    marks: list[Bar]

    width = WIDTH
    bar = BAR

    @property
    def pieces(self) -> list[Bar]:
        return [*self.bars, *self.marks]


def consent_chart(groups: Collection[Years]) -> Chart:
    """Draw what families said, as shares of each group, and how many are enrolled as a mark."""
    labels, bars, marks = [], [], []
    for row, one in enumerate(groups):
        top, x = row * (LABEL + BAR + GAP), 0.0
        labels.append((top + LABEL - 7, one.name))
        for kind in ("yes", "no", "silent"):
            width = WIDTH * one.said[kind] / one.size
            bars.append(Bar(kind, x, top + LABEL, width, str(one.said[kind]) if width > 30 else ""))
            x += width
        if one.enrolled:
            marks.append(Bar("enrolled", 0, top + LABEL, (WIDTH - 3) * one.enrolled / one.size))
    return Chart(len(groups) * (LABEL + BAR + GAP), labels, bars, marks)


def time_chart(groups: Collection[Years]) -> Chart:
    """Draw the median and the ninth tenth of the lane time, face above card."""
    longest = max((way.slow for one in groups for way in (one.face, one.card) if way and way.slow), default=1.0)
    room = (WIDTH - 80) / (longest or 1.0)
    labels, bars, marks = [], [], []
    for row, one in enumerate(groups):
        top = row * (LABEL + 2 * BAR + 4 + GAP)
        labels.append((top + LABEL - 7, one.name))
        for place, (kind, way) in enumerate((("by_face", one.face), ("by_card", one.card))):
            if way and way.median is not None and way.slow is not None:
                y = top + LABEL + place * (BAR + 4)
                bars.append(Bar(kind, 0, y, room * way.median))
                marks.append(Bar("slow", 0, y, room * way.slow, f"{way.slow:.2f} s"))
    return Chart(len(groups) * (LABEL + 2 * BAR + 4 + GAP), labels, bars, marks)
