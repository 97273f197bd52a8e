"""Answering the school: one question a page, a page to check the answers, and a receipt.

What was chosen waits in the session until it is sent. Nothing is recorded before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campus import addresses, audit, clock, sign_in_again
from campus.guardians import Refused
from campus.models import Guardianship, Person, School
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from enrollment import answers, consent, notices, notifications, questions, receipt_pdf, receipts
from enrollment.answers import Given
from enrollment.family import child_of, grown_children_of, standing_of
from enrollment.models import ConsentEvent, Notice, Notification, Receipt
from enrollment.questions import Question

Draft = dict[str, dict[str, str]]
"""Purpose -> what was chosen there (`answer`) and the notice that was read (`notice`)."""


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def answer(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Ask one of the school's questions (`?about=`), keep the choice, and go on to the next or to checking.

    A Yes to a notice that has changed meanwhile isn't taken: the new one is shown. A No always is.
    """
    found = child_of(request.user, student, clock.now())
    asked = questions.of(found)
    kept = kept_form(request)
    about = request.POST.get("about") or request.GET.get("about") or kept.get("about") or asked[0].purpose
    question = next((one for one in asked if one.purpose == about), None)
    if question is None:
        raise Http404
    if request.method != "POST":
        typed = kept if kept.get("about", asked[0].purpose) == about else {}
        chosen = typed | _draft(request, found).get(about, {})  # A draft was made after signing in again.
        return _ask(request, found, question, chosen=chosen.get("answer", ""))
    said, read = request.POST.get("answer", ""), _notice_read(found.school, request.POST.get("notice", ""))
    if said not in ("yes", "no"):
        return _ask(request, found, question, error=_("Choose yes or no."), status=422)
    if said == "yes" and (read is None or not notices.is_current(read) or read.purpose != about):
        return _ask(request, found, question, error=_changed(), status=409)
    _keep(request, found, about, {"answer": said, "notice": str(read.id) if read else ""})
    return _onward(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def check(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show the answers once more, and take them as they were shown when they are sent: a Yes after a new code."""
    found = child_of(request.user, student, clock.now())
    draft = _from_form(request.POST.dict()) or _from_form(kept_form(request)) | _draft(request, found)
    rows = [(one, draft[one.purpose]) for one in _asked(found, draft) if one.purpose in draft]
    if not rows:
        return redirect("family_answer", found.id)
    error = ""
    if request.method == "POST":
        says_yes = any(chosen["answer"] == "yes" for _question, chosen in rows)
        if says_yes and not sign_in_again.is_recent(request, clock.now()):
            return sign_in_again.ask(request)
        try:
            return _send(request, found, [_given(found.school, one, chosen) for one, chosen in rows])
        except consent.NotAGuardian as refusal:
            raise Http404 from refusal
        except consent.NoNotice:
            return _ask(request, found, rows[0][0], error=_changed(), status=409)
        except Refused as refusal:
            error = refusal.words
    context = {"student": found, "rows": rows, "form": uuid4(), "error": error}
    return render(request, "family/check.html", context, status=422 if error else 200)


@require_safe
@signed_in
def receipt(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show the viewer's latest receipt about a child."""
    at = clock.now()
    found = next((one for one in grown_children_of(request.user, at) if one.id == student), None)
    grown = found is not None
    found = found or child_of(request.user, student, at)
    latest = receipts.latest(found, request.user)
    if latest is None:
        raise Http404
    said = receipts.answers_on(latest)
    context = {
        "student": found,
        "grown": grown,
        "receipt": latest,
        "answers": said,
        "standing": standing_of(found, request.user, questions.of(found)[0], at),
        "said_yes": any(event.kind == ConsentEvent.Kind.GIVEN for event in said),
        "key": receipts.key_of(latest, at),
        "why": receipts.why(latest),
        "next": receipts.what_next(latest),
        "evidence": receipts.evidence(latest),
        "heading": _heading(said),
        "confirmed": addresses.is_confirmed(request.user),
        **receipts.moment_of(latest),
    }
    return render(request, "family/receipt.html", context)


@require_safe
@signed_in
def receipt_pdf_of(request: SignedInRequest, receipt: UUID) -> HttpResponse:
    """Give a guardian one of the own receipts as a file to keep; anybody else's is a 404."""
    own = Receipt.objects.select_related("student__school", "guardian").filter(id=receipt, guardian=request.user)
    found = own.first()
    if found is None:
        raise Http404
    audit.record_read("receipt", school=found.school, subject=found.student_id, viewer=request.user, at=clock.now())
    headers = {"Content-Disposition": f'inline; filename="receipt-{found.number}.pdf"'}
    return HttpResponse(receipt_pdf.draw(found), content_type="application/pdf", headers=headers)


def _send(request: SignedInRequest, student: Person, given: list[Given]) -> HttpResponse:
    try:
        form = UUID(request.POST.get("form", ""))
    except ValueError:
        form = uuid4()
    answers.send(student=student, guardian=request.user, given=given, form=form, at=clock.now())
    request.session.pop(_place(student), None)
    return redirect("family_receipt", student.id)


def _given(school: School, question: Question, chosen: Mapping[str, str]) -> Given:
    """Return an answer as it is recorded. Raises `consent.NoNotice` for a Yes to what isn't the current notice."""
    read = _notice_read(school, chosen.get("notice", ""))
    yes = chosen["answer"] == "yes"
    if yes and (read is None or not notices.is_current(read) or read.purpose != question.purpose):
        raise consent.NoNotice
    return Given(question.purpose, yes, read)


def _asked(student: Person, draft: Draft) -> list[Question]:
    """Return the questions that follow from what has been chosen so far."""
    chosen = {purpose: said["answer"] for purpose, said in draft.items()}
    return [one for one in questions.of(student) if questions.asked_after(chosen, one.purpose)]


def _onward(request: HttpRequest, student: Person) -> HttpResponse:
    draft = _draft(request, student)
    missing = next((one.purpose for one in _asked(student, draft) if one.purpose not in draft), None)
    if missing is None:
        return redirect("family_check", student.id)
    return redirect(f"{reverse('family_answer', args=[student.id])}?about={missing}")


def _ask(
    request: SignedInRequest,
    student: Person,
    question: Question,
    *,
    chosen: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    responsible = Guardianship.objects.filter(
        student=student, guardian=request.user, ended_at__isnull=True, capacity=Guardianship.Capacity.PARENT
    )
    asked, notice = questions.of(student), question.notice
    before = None
    if notice is not None:
        # What was opened here was given in writing: it counts as told, like a letter or a mail.
        method = Notification.Method.WEB
        notifications.record(student=student, guardian=request.user, notice=notice, method=method, at=clock.now())
        before = notifications.answered([student], request.user, notice)
    context: dict[str, Any] = {
        "student": student,
        "question": question,
        "number": [one.purpose for one in asked].index(question.purpose) + 1,
        "count": len(asked),
        "chosen": chosen,
        "error": error,
        "before": before,
        "changes": notices.changes(before, notice) if before and notice else [],
        "yes_counts": responsible.exists(),
    }
    return render(request, "family/answer.html", context, status=status)


def _changed() -> str:
    return _("The school has changed this notice. Please read it again, then answer.")


def _heading(said: list[ConsentEvent]) -> str:
    if not said:
        return _("The face template was destroyed.")
    kinds = {event.kind for event in said}
    if kinds == {ConsentEvent.Kind.GIVEN}:
        return _("Thank you. Your answer is yes.")
    if kinds == {ConsentEvent.Kind.REFUSED}:
        return _("Thank you. Your answer is no.")
    if kinds == {ConsentEvent.Kind.WITHDRAWN}:
        return _("You have taken your yes back.")
    return _("Thank you. We have your answers.")


def _from_form(shown: Mapping[str, str]) -> Draft:
    """Return the answers that the page to check carried: what somebody saw is what is sent."""
    return {
        name.removeprefix("answer."): {
            "answer": value,
            "notice": shown.get(f"notice.{name.removeprefix('answer.')}", ""),
        }
        for name, value in shown.items()
        if name.startswith("answer.") and value in ("yes", "no")
    }


def _place(student: Person) -> str:
    return f"answers.{student.id}"


def _draft(request: HttpRequest, student: Person) -> Draft:
    draft: Draft = request.session.get(_place(student), {})
    return draft


def _keep(request: HttpRequest, student: Person, about: str, chosen: dict[str, str]) -> None:
    request.session[_place(student)] = _draft(request, student) | {about: chosen}


def _notice_read(school: School, notice: str) -> Notice | None:
    try:
        return Notice.objects.filter(school=school, id=UUID(notice)).first()
    except ValueError:
        return None
