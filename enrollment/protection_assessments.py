"""The pages of the impact assessment: what is in force, the draft, advice and approval, and what was before."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.db.models import TextField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campus import calendar, clock, offices, people
from campus.models import Role
from campus.sign_in import SignedInRequest, signed_in
from enrollment import assessments
from enrollment.models import ImpactAssessment
from enrollment.models.assessments import WORDS
from enrollment.protection import DECIDES, page
from enrollment.refusals import Refused


@require_safe
@signed_in
def overview(request: SignedInRequest) -> HttpResponse:
    """Show which assessment is in force, the draft, and all that were ever approved."""
    (school, schools), at = offices.asked_for(request, DECIDES), clock.now()
    found, draft = assessments.in_force(school, at), assessments.draft(school)
    context = page(request, school, "assessment", schools) | {
        "in_force": found,
        "last_day": assessments.last_day(school, found.valid_until) if found else None,
        "draft": draft,
        "draft_is_mine": draft is not None and draft.written_by == request.user,
        "lacking": _lacking(draft) if draft else [],
        "history": [
            (one, calendar.local_date(school, one.approved_at), assessments.last_day(school, ended))
            for one in assessments.history(school)
            if one.approved_at is not None and (ended := one.revoked_at or one.valid_until)
        ],
    }
    return render(request, "protection/assessment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def draft(request: SignedInRequest) -> HttpResponse:
    """Ask the questions of an assessment, and keep what is written."""
    school, schools = offices.asked_for(request, DECIDES)
    found, error = assessments.draft(school), ""
    if request.method == "POST":
        said = {name: request.POST.get(name, "") for name in assessments.WRITTEN}
        try:
            found = assessments.write(school=school, words=said, by=request.user, at=clock.now())
        except Refused as refused:
            error = refused.words
        else:
            messages.success(request, _("Saved."))
            return redirect("protection_assessment_read", found.id)
    else:
        said = {name: getattr(found, name) if found else "" for name in assessments.WRITTEN}
    mine = found is None or found.written_by == request.user
    context = page(request, school, "assessment", schools) | {"error": error, "mine": mine, "draft": found}
    context["parts"] = [_part(name, said[name]) for name in assessments.WRITTEN]
    return render(request, "protection/assessment_draft.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def read(request: SignedInRequest, assessment: UUID) -> HttpResponse:
    """Show an assessment whole, and take advice, approval or its end (`act`)."""
    rows = ImpactAssessment.objects.select_related("school", "written_by", "advised_by", "approved_by", "revoked_by")
    found = offices.one_of(request.user, rows, assessment, DECIDES)
    if request.method != "POST":
        return _show(request, found)
    at, by, told = clock.now(), request.user, request.POST
    try:
        match told.get("act"):
            case "advise":
                assessments.advise(
                    assessment=found, read=told.get("read", ""), advice=told.get("advice", ""), by=by, at=at
                )
                said = _("Your advice is written down.")
            case "approve":
                assessments.approve(
                    assessment=found, read=told.get("read", ""), last_day=_day(told.get("last_day", "")), by=by, at=at
                )
                said = _("Approved. It is in force.")
            case "revoke":
                assessments.revoke(assessment=found, why=told.get("why", ""), by=by, at=at)
                said = _("Taken back. No face is looked at any more.")
            case _act:
                raise Http404
    except Refused as refused:
        return _show(request, found, error=refused.words, typed=told.dict())
    messages.success(request, said)
    return redirect("protection_assessment_read", found.id)


def _show(
    request: SignedInRequest, found: ImpactAssessment, *, error: str = "", typed: dict[str, str] | None = None
) -> HttpResponse:
    school, at, by = found.school, clock.now(), request.user
    is_draft = found.status == ImpactAssessment.Status.DRAFT
    is_head = people.has_role(by, school, Role.Kind.ADMINISTRATOR)
    context = page(request, school, "assessment") | {
        "found": found,
        "parts": [_part(name, getattr(found, name)) for name in WORDS],
        "is_draft": is_draft,
        "lacking": _lacking(found),
        "may_write": is_draft and found.written_by == by,
        "may_advise": is_draft and people.has_role(by, school, Role.Kind.PROTECTION_OFFICER),
        "may_approve": is_draft and is_head and by not in (found.written_by, found.advised_by),
        "may_revoke": found == assessments.in_force(school, at),
        "read": assessments.digest(found),
        "written_on": calendar.local_date(school, found.written_at),
        "approved_on": calendar.local_date(school, found.approved_at) if found.approved_at else None,
        "last_day": assessments.last_day(school, found.valid_until),
        "longest": assessments.longest(school, at),
        "today": calendar.local_date(school, at),
        "error": error,
        "typed": typed or {},
    }
    return render(request, "protection/assessment_read.html", context, status=422 if error else 200)


def _part(name: str, words: str) -> dict[str, str]:
    field = ImpactAssessment._meta.get_field(name)
    assert isinstance(field, TextField)
    return {
        "name": name,
        "label": str(field.verbose_name),
        "question": str(assessments.QUESTIONS[name]),
        "words": words,
    }


def _lacking(found: ImpactAssessment) -> list[str]:
    return [_part(name, "")["label"] for name in assessments.missing(found)]


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise Refused("bad_day") from error
