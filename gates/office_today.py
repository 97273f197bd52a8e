"""The office's day at a glance, and the list of who is inside that is taken along in an evacuation."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campus import audit, calendar, clock, offices
from campus.sign_in import SignedInRequest, signed_in
from gates import today as figures
from gates.reasons import in_words


@require_safe
@signed_in
def today(request: SignedInRequest) -> HttpResponse:
    """Show today's gates, classes, who has not been seen, and refusals with their reasons."""
    (school, schools), at = offices.asked_for(request), clock.now()
    audit.record_read("today", school=school, subject=school.id, viewer=request.user, at=at)
    day = calendar.local_date(school, at)
    classes = figures.of_classes(school, day, at)
    latest, reasons = figures.refusals(school, day)
    context = {"school": school, "schools": schools, "day": day, "now": calendar.local_time(school, at)}
    context |= {"classes": classes, "totals": figures.totals(classes), "missing": [c for c in classes if c.missing]}
    context |= {
        "gates": [
            (one, calendar.local_time(school, one.last) if one.last else None) for one in figures.of_gates(school, day)
        ],
        "refusals": [(one, calendar.local_time(school, one.occurred_at), in_words(one.reason)) for one in latest],
        "reasons": [(in_words(reason), count) for reason, count in reasons],
    }
    return render(request, "office/today.html", context)


@require_safe
@signed_in
def inside(request: SignedInRequest) -> HttpResponse:
    """Show who is inside now, by class, ready to print."""
    (school, schools), at = offices.asked_for(request), clock.now()
    audit.record_read("inside", school=school, subject=school.id, viewer=request.user, at=at)
    day = calendar.local_date(school, at)
    groups, earlier = figures.inside(school, day)
    context = {"school": school, "schools": schools, "day": day, "now": calendar.local_time(school, at)}
    context["groups"] = [
        (one.name, [(row, calendar.local_time(school, row.since)) for row in one.people if row.since]) for one in groups
    ]
    context["earlier"] = [(row, calendar.local_date(school, row.since) if row.since else None) for row in earlier]
    context["count"] = sum(len(one.people) for one in groups)
    return render(request, "office/inside.html", context)
