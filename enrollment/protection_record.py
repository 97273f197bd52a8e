"""The record of processing (GDPR article 30), made from the code and the settings: nothing in it is typed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import getdoc

from django.conf import settings
from django.core.checks.registry import registry
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campus import calendar, clock, offices, processes, retention
from campus.keeping import WHILE_IN_USE
from campus.models import Guardianship, Person, Role, School
from campus.sign_in import SignedInRequest, signed_in
from enrollment import acceptance, assessments, engine_sets, faces_page, policies, requests
from enrollment.models import Declared, Disclosable, Disclosure, Notice, Purpose, Reference
from enrollment.protection import OFFICER, page


@dataclass(frozen=True)
class Process:
    """One process: as whom it reads the database, and which secrets it is started with."""

    name: str
    role: str
    secrets: tuple[str, ...]


@require_safe
@signed_in
def record(request: SignedInRequest) -> HttpResponse:
    """Show the record of processing of one of the viewer's schools, ready to print."""
    (school, schools), at = offices.asked_for(request, OFFICER), clock.now()
    found = assessments.in_force(school, at)
    context = page(request, school, "record", schools) | {
        "today": calendar.local_date(school, at),
        "officers": requests.officers(school).order_by("name"),
        "purposes": _purposes(school),
        "people": _people(school),
        "tables": retention.table(),
        "in_use": WHILE_IN_USE,
        "disclosable": list(Disclosable.labels),
        "given": _given(school, at),
        "mail_host": settings.EMAIL_HOST,
        "not_accepted": acceptance.wanted(school, at),
        "readers": [faces_page.of_set(name) for name in engine_sets.names(at)],
        "processes": list(_processes()),
        "checks": list(_checks()),
        "assessment": found,
        "assessment_until": assessments.last_day(school, found.valid_until) if found else None,
        "notices": _notices(school),
    }
    return render(request, "protection/record.html", context)


def _purposes(school: School) -> list[tuple[str, bool]]:
    """Return what faces are looked at for, and whether the school does so."""
    policy = policies.of(school)
    return [
        (str(Purpose.GATE_ACCESS.label), policy.biometrics),
        (str(Purpose.ATTENDANCE.label), policy.biometrics and policy.attendance_by_face),
        (str(Declared.IDENTIFICATION.label), policy.biometrics and policy.identification),
        (str(Declared.DUPLICATES.label), policy.biometrics and school.checks_duplicates),
    ]


def _people(school: School) -> list[tuple[str, int]]:
    counts = dict(Person.objects.filter(school=school).values_list("kind").annotate(n=Count("id")))
    bonds = Guardianship.objects.filter(school=school, ended_at__isnull=True)
    roles = Role.objects.filter(school=school).values("user").distinct()
    enrolled = Reference.objects.filter(school=school)
    return [
        *((str(Person.Kind(kind).label), counts.get(kind, 0)) for kind in Person.Kind),
        (_("Guardians"), bonds.values("guardian").distinct().count()),
        (_("Users with a role"), roles.count()),
        (_("Students with a face template"), enrolled.values("student").distinct().count()),
    ]


def _given(school: School, at: datetime) -> list[tuple[str, int]]:
    """Return to whom data was given in the last twelve months, by kind of asker."""
    given = Disclosure.objects.filter(
        school=school, status=Disclosure.Status.GIVEN, decided_at__gt=at - timedelta(days=365)
    )
    counts = given.values_list("asker").annotate(n=Count("id")).order_by("asker")
    return [(str(Disclosure.Asker(asker).label), count) for asker, count in counts]


def _processes() -> Iterator[Process]:
    for name, needs in processes.NEEDS.items():
        secrets = sorted(one for one in needs if one.endswith(("_KEY", "_FILE")))
        yield Process(name, processes.DATABASE_ROLES.get(name, ""), tuple(secrets))


def _checks() -> Iterator[str]:
    """Yield what start-up refuses: the first sentence of each of the project's own checks."""
    ours = [
        one for one in registry.registered_checks if one.__module__.split(".")[0] in ("campus", "enrollment", "gates")
    ]
    yield from sorted((getdoc(one) or "").partition("\n")[0] for one in ours)


def _notices(school: School) -> list[Notice]:
    return list(Notice.objects.filter(school=school).order_by("purpose", "-version", "language")[:12])
