"""The family's page of a child's passages: when, at which gate, in or out, and how."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from campus import audit, calendar, clock, months
from campus.sign_in import SignedInRequest, signed_in
from campus.subjects import Asked
from enrollment.family import child_of
from gates.decision import Outcome
from gates.models import Passage
from gates.reasons import DIRECTIONS, for_family


@require_safe
@signed_in
def passages(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show the passages of a month, the refused ones with their reason."""
    at = clock.now()
    found = child_of(request.user, student, at)
    asked, school = Asked(found, request.user), found.school
    audit.record_read("passages", school=school, subject=found.id, viewer=request.user, at=at)
    context: dict[str, object] = {"student": found, "asked": asked}
    if not asked.is_restricted:
        rows = Passage.objects.filter(person=found).select_related("gate")
        month = months.of_moments(request.GET.get("month"), rows, "occurred_at", school, at)
        context["month"] = month
        context["lines"] = [
            (
                one,
                calendar.local_date(school, one.occurred_at),
                calendar.local_time(school, one.occurred_at),
                DIRECTIONS[one.direction] if one.outcome == Outcome.GRANTED else "",
                for_family(one.reason),
            )
            for one in month.rows
        ]
    return render(request, "family/passages.html", context)


urlpatterns = [path("<uuid:student>/passages/", passages, name="family_passages")]
