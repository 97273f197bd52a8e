"""The officer's pages of what families ask: the list, and each request with what was written."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campus import audit, calendar, clock, offices, people
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from enrollment import requests
from enrollment.models import SubjectRequest
from enrollment.protection import OFFICER, page
from enrollment.refusals import Refused

A_PAGE = 50
OUTCOMES = [choice for choice in SubjectRequest.Outcome.choices if choice[0] != SubjectRequest.Outcome.TAKEN_BACK]


@require_safe
@signed_in
def listed(request: SignedInRequest) -> HttpResponse:
    """List the requests of one of the viewer's schools: what is owed first, by its day, then the rest, newest first."""
    (school, schools), at = offices.asked_for(request, OFFICER), clock.now()
    owed = When(status__in=("asked", "acknowledged"), then=Value(0))
    found = SubjectRequest.objects.filter(school=school).select_related("student", "asked_by")
    found = found.order_by(
        Case(owed, default=Value(1)), Case(When(status__in=("asked", "acknowledged"), then="due_on")), "-asked_at"
    )
    rows = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = page(request, school, "requests", schools) | {"page": rows, "today": calendar.local_date(school, at)}
    context["rows"] = [(one, calendar.local_date(school, one.asked_at)) for one in rows.object_list]
    return render(request, "protection/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def one(request: SignedInRequest, asked: UUID) -> HttpResponse:
    """Show one request, and take what the officer does about it (`act`)."""
    rows = SubjectRequest.objects.select_related("school", "student__school", "asked_by", "receipt")
    found = offices.one_of(request.user, rows, asked, OFFICER)
    if request.method != "POST":
        return _show(request, found)
    at, by, words = clock.now(), request.user, request.POST.get("words", "")
    try:
        match request.POST.get("act"):
            case "acknowledge":
                requests.acknowledge(request=found, by=by, at=at)
                said = _("The family is told that you have seen it.")
            case "answer":
                outcome = request.POST.get("outcome", "")
                requests.answer(request=found, by=by, outcome=outcome, words=words, at=at)
                said = _("Answered. The family is told.")
            case "say":
                requests.add_words(request=found, by=by, words=words, at=at)
                said = _("Written. The family is told.")
            case "close":
                requests.close(request=found, by=by, at=at)
                said = _("Closed.")
            case _act:
                raise Http404
    except Refused as refused:
        return _show(request, found, error=refused.words, typed=request.POST.dict())
    messages.success(request, said)
    return redirect("protection_request", found.id)


def _show(
    request: SignedInRequest, found: SubjectRequest, *, error: str = "", typed: dict[str, str] | None = None
) -> HttpResponse:
    school, at = found.school, clock.now()
    audit.record_read("protection.request", school=school, subject=found.student_id, viewer=request.user, at=at)
    written = found.messages.select_related("by").order_by("id")
    context = page(request, school, "requests") | {
        "found": found,
        "today": calendar.local_date(school, at),
        "asked_on": calendar.local_date(school, found.asked_at),
        "written": [
            (message, calendar.local_date(school, message.at), calendar.local_time(school, message.at))
            for message in written
        ],
        "own_child": people.is_own_child(request.user, found.student),
        "stopped_on": calendar.local_date(school, found.asked_at) if found.about_face else None,
        "outcomes": OUTCOMES,
        "error": error,
        "typed": kept_form(request) if typed is None else typed,
    }
    return render(request, "protection/request.html", context, status=422 if error else 200)
