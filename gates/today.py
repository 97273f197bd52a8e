"""The figures of a school's day, each counted in one query however large the school is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from campus import calendar, registers
from campus.models import AttendanceMark, Group, Membership, Person, Presence, Register, School
from gates.decision import Outcome
from gates.models import Direction, Gate, Passage

REFUSALS_SHOWN = 30
NOT_YET = "not_yet"


@dataclass(frozen=True)
class GateFigures:
    """What one gate did today."""

    gate: Gate
    came_in: int
    went_out: int
    refused: int
    last: datetime | None


@dataclass
class ClassFigures:
    """One class today: how many of each, and who has not been seen."""

    group: Group
    register: Register | None
    counts: Counter[str] = field(default_factory=Counter)
    missing: list[Person] = field(default_factory=list)

    @property
    def students(self) -> int:
        return self.counts.total()

    @property
    def not_yet(self) -> int:
        return self.counts[NOT_YET]

    @property
    def not_due(self) -> bool:
        """No register is taken for the class today, so nobody is missing."""
        return self.register is None


@dataclass(frozen=True)
class Inside:
    """People who are inside, under the name of their class or kind."""

    name: str
    people: list[Presence]


def of_gates(school: School, day: date) -> list[GateFigures]:
    """Return what each gate did on a local date."""
    came, went = Q(direction=Direction.IN), Q(direction=Direction.OUT)
    granted, denied = Q(outcome=Outcome.GRANTED), Q(outcome=Outcome.DENIED)
    counted = _passages(school, day).values("gate_id")
    figures = {
        row["gate_id"]: row
        for row in counted.annotate(
            came=Count("id", filter=came & granted),
            went=Count("id", filter=went & granted),
            refused=Count("id", filter=denied),
            last=Max("occurred_at"),
        ).order_by()
    }
    nothing = {"came": 0, "went": 0, "refused": 0, "last": None}
    return [
        GateFigures(gate, row["came"], row["went"], row["refused"], row["last"])
        for gate in Gate.objects.filter(school=school).order_by("name")
        for row in [figures.get(gate.id, nothing)]
    ]


def of_classes(school: School, day: date, at: datetime) -> list[ClassFigures]:
    """Return each class with the marks of the register that runs, or ran last, and who has none."""
    found = registers.open_registers(school=school, day=day)
    running: dict[UUID, Register] = {}
    for register in sorted(found, key=lambda one: one.opens_at):
        if register.opens_at <= at or register.group_id not in running:
            running[register.group_id] = register
    marks = AttendanceMark.objects.filter(register__in=running.values(), replaced_by__isnull=True)
    codes = {(group, student): code for group, student, code in marks.values_list("register__group", "student", "code")}
    figures = {
        group.id: ClassFigures(group, running.get(group.id))
        for group in Group.objects.filter(school=school).order_by("name")
    }
    for belongs in _members(school, day):
        code = codes.get((belongs.group_id, belongs.student_id), NOT_YET)
        figures[belongs.group_id].counts[code] += 1
        if code == NOT_YET and figures[belongs.group_id].register is not None:
            figures[belongs.group_id].missing.append(belongs.student)
    return list(figures.values())


def refusals(school: School, day: date) -> tuple[list[Passage], list[tuple[str, int]]]:
    """Return a local date's latest refusals, and how many there were for each reason."""
    denied = _passages(school, day).filter(outcome=Outcome.DENIED)
    latest = denied.select_related("person", "gate").order_by("-occurred_at")[:REFUSALS_SHOWN]
    counts = denied.values_list("reason").annotate(n=Count("id")).order_by("-n")
    return list(latest), [(str(reason), n) for reason, n in counts]


def inside(school: School, day: date) -> tuple[list[Inside], list[Presence]]:
    """Return who is inside by class or kind, and apart from them who came in on an earlier date and never left."""
    rows = Presence.objects.filter(school=school, where=Presence.Where.INSIDE).select_related("person")
    groups = dict(_members(school, day).values_list("student_id", "group__name"))
    by_name: dict[str, list[Presence]] = defaultdict(list)
    earlier: list[Presence] = []
    for row in rows.order_by("person__name"):
        if row.since is None or calendar.local_date(school, row.since) < day:
            earlier.append(row)
        else:
            by_name[groups.get(row.person_id, row.person.get_kind_display())].append(row)
    return [Inside(name, people) for name, people in sorted(by_name.items())], earlier


def totals(classes: Sequence[ClassFigures]) -> dict[str, int]:
    """Return how many of each in all classes of which a register is taken."""
    added: Counter[str] = Counter()
    for one in classes:
        if not one.not_due:
            added.update(one.counts)
    return {code: added[code] for code in ("present", "late", "absent", NOT_YET)}


def _members(school: School, day: date) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gt=day),
            Q(student__left_on__isnull=True) | Q(student__left_on__gt=day),
            school=school,
            began_on__lte=day,
        )
        .select_related("student")
        .order_by("student__name")
    )


def _passages(school: School, day: date) -> QuerySet[Passage]:
    begin = calendar.moment(school, day, time.min)
    return Passage.objects.filter(school=school, occurred_at__gte=begin)
