"""The family's copy of everything that is held about a child: one file to read, or one for a computer program."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import formats
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from campus import audit, calendar, clock, sign_in_again, subjects
from campus.models import School
from campus.sign_in import SignedInRequest, signed_in
from campus.subjects import Asked, Section
from campus.told_labels import LABELS
from campus.who import Coded
from enrollment.family import child_of

KINDS = {"html": "text/html; charset=utf-8", "json": "application/json"}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def download(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Say what the file holds; sent, make it, after a sign-in under 15 minutes old. No copy of it stays here."""
    at = clock.now()
    found = child_of(request.user, student, at)
    asked, kind = Asked(found, request.user), request.POST.get("kind", "")
    if request.method != "POST":
        return render(request, "family/download.html", {"student": found, "asked": asked})
    if kind not in KINDS:
        error = _("Choose one of the two files.")
        return render(request, "family/download.html", {"student": found, "asked": asked, "error": error}, status=422)
    if not sign_in_again.is_recent(request, at):
        return sign_in_again.ask(request)
    audit.record("subject.exported", school=found.school, subject=found.id, actor=request.user, at=at, file=kind)
    made = as_json(asked, at) if kind == "json" else as_page(asked, at)
    name = f"{found.display_name} {calendar.local_date(found.school, at).isoformat()}.{kind}"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(made, content_type=KINDS[kind], headers={"Content-Disposition": disposition})


def as_json(asked: Asked, at: datetime) -> str:
    """Write everything for a computer program: codes as they are stored, moments in UTC."""
    student = asked.student
    about = {
        "school": student.school.name,
        "student": student.name,
        "made_at": at,
        "hidden_by_order": asked.is_restricted,
    }
    sections = {section.key: section.rows for section in subjects.export(asked)}
    return json.dumps({"about": about, **sections}, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def as_page(asked: Asked, at: datetime) -> str:
    """Write everything as one page to read and to print: words for codes, times of the school."""
    school = asked.student.school
    context = {
        "student": asked.student,
        "asked": asked,
        "made": _written(at, school),
        "sections": [_section(section, school) for section in subjects.export(asked)],
    }
    return render_to_string("family/everything.html", context)


def _section(section: Section, school: School) -> dict[str, Any]:
    rows = [
        [(LABELS[name], _written(value, school)) for name, value in row.items() if _is_to_read(value)]
        for row in section.rows
    ]
    return {"key": section.key, "title": section.title, "rows": rows}


def _is_to_read(value: Any) -> bool:
    """Tell whether a person reads a value: not what is empty, and no number of a row."""
    return value not in (None, "", []) and not isinstance(value, UUID)


def _written(value: Any, school: School) -> str:
    if isinstance(value, Coded):
        return value.words
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return pgettext("true or false", "Yes") if value else pgettext("true or false", "No")
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(school.timezone))
        return f"{formats.date_format(local, 'DATE_FORMAT')}, {local:%H:%M}"
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    return str(value)
