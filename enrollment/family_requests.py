"""Asking the school, objecting and complaining: a form, a receipt with the day an answer is due, and the answer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campus import audit, calendar, clock
from campus.models import Person
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from campus.who import Who
from enrollment import requests
from enrollment.family import child_of
from enrollment.models import SubjectRequest
from enrollment.refusals import Refused
from enrollment.requests import Asked

Kind, Status = SubjectRequest.Kind, SubjectRequest.Status

CHOICES = {
    "question": (Kind.QUESTION, gettext_lazy("I have a question"), ""),
    "correction": (Kind.CORRECTION, gettext_lazy("Something is wrong"), gettext_lazy("A mark, a name, a date")),
    "face": (
        Kind.OBJECTION,
        gettext_lazy("No to the face"),
        gettext_lazy("It counts at once: no face is compared, and a face template is destroyed"),
    ),
    "objection": (Kind.OBJECTION, gettext_lazy("I object to something else"), ""),
    "erasure": (Kind.ERASURE, gettext_lazy("Delete something else"), gettext_lazy("Say what, and why")),
    "access": (
        Kind.ACCESS,
        gettext_lazy("I want to know what is held"),
        gettext_lazy("Most of it you can download at once, under “Download everything”"),
    ),
    "complaint": (Kind.COMPLAINT, gettext_lazy("I complain"), ""),
}
"""What is chosen on the form -> what is asked, its words, and a hint. Only `face` is a No as well."""


@require_safe
@signed_in
def asked(request: SignedInRequest, student: UUID) -> HttpResponse:
    """List what the viewer has asked about a child, with state and due date: nobody else's."""
    found = child_of(request.user, student, clock.now())
    rows = [
        (one, calendar.local_date(found.school, one.asked_at), _is_late(one, clock.now()))
        for one in requests.of(found, request.user)
    ]
    return render(request, "family/requests.html", {"student": found, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def ask(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show the form, and write down what is asked. The same form sent twice asks once."""
    at = clock.now()
    found = child_of(request.user, student, at)
    if request.method != "POST":
        return _form(request, found, kept_form(request) or {"about": request.GET.get("about", "")})
    typed = request.POST.dict()
    about = typed.get("about", "")
    kind = CHOICES[about][0] if about in CHOICES else ""
    sent = Asked(kind, typed.get("words", ""), about_face=about == "face", form=_form_id(typed.get("form", "")))
    try:
        made = requests.ask(student=found, by=request.user, asked=sent, at=at)
    except Refused as refusal:
        target = "about-question" if refusal.reason == "no_kind" else "words"
        return _form(request, found, typed, error=refusal.words, target=target)
    return redirect("family_request", found.id, made.id)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def one(request: SignedInRequest, student: UUID, asked: UUID) -> HttpResponse:
    """Show one request as a receipt, with what was written; take more words, or take it back."""
    at = clock.now()
    found = child_of(request.user, student, at)
    row = requests.of(found, request.user).filter(id=asked).first()
    if row is None:
        raise Http404
    if request.method != "POST":
        return _page(request, found, row, kept_form(request).get("words", ""))
    words = request.POST.get("words", "")
    try:
        if request.POST.get("close") == "yes":
            requests.close(request=row, by=request.user, at=at)
            messages.success(request, _("It is closed."))
        else:
            requests.add_words(request=row, by=request.user, words=words, at=at)
            messages.success(request, _("Your words are with the school."))
    except Refused as refusal:
        return _page(request, found, row, words, error=refusal.words)
    return redirect("family_request", found.id, row.id)


def _page(
    request: SignedInRequest, student: Person, row: SubjectRequest, words: str, *, error: str = ""
) -> HttpResponse:
    school, at, who = student.school, clock.now(), Who(student, request.user)
    audit.record_read("request", school=school, subject=student.id, viewer=request.user, at=at)
    said = [
        (
            message,
            who.staff(message.by) if message.from_school else who.guardian(message.by),
            calendar.local_date(school, message.at),
            calendar.local_time(school, message.at),
        )
        for message in row.messages.order_by("id")
    ]
    context: dict[str, object] = {"student": student, "row": row, "said": said, "late": _is_late(row, at)}
    context |= {"asked_on": calendar.local_date(school, row.asked_at), "words": words, "error": error}
    return render(request, "family/request.html", context, status=422 if error else 200)


def _form(
    request: SignedInRequest, student: Person, typed: dict[str, str], *, error: str = "", target: str = ""
) -> HttpResponse:
    choices = [(code, words, hint) for code, (_kind, words, hint) in CHOICES.items()]
    context = {"student": student, "choices": choices, "typed": typed, "form": typed.get("form") or uuid4()}
    context |= {"error": error, "target": target, "longest": requests.LONGEST}
    return render(request, "family/ask.html", context, status=422 if error else 200)


def _form_id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _is_late(row: SubjectRequest, at: datetime) -> bool:
    """Tell whether the school has let the day of its next step go by."""
    today: date = calendar.local_date(row.school, at)
    return row.is_open and row.due_on < today
