"""What one of the office types in and another confirms: an answer or a new address on paper, an exemption."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campus import addresses, audit, clock, offices, scans, sign_in_again
from campus.guardians import Refused
from campus.models import AddressChange, School
from campus.sign_in import SignedInRequest, keeps_form, keeps_form_but, kept_form, signed_in
from enrollment import consent, exemptions, paper, questions, waiting
from enrollment.family_join import is_address
from enrollment.family_office import bond_of
from enrollment.models import ConsentEvent, Exemption, PaperAnswer
from enrollment.office import student_of
from enrollment.paper import look_at_scan

Row = TypeVar("Row", PaperAnswer, AddressChange, Exemption)

KINDS = {"yes": ConsentEvent.Kind.GIVEN, "no": ConsentEvent.Kind.REFUSED}


@scans.takes_a_scan
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form_but("letter")
@signed_in
def answer(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Type in the reply slip of a guardian, with its scan."""
    found = student_of(request.user, student)
    bond = bond_of(found, request.POST.get("guardian") or request.GET.get("guardian", ""))
    typed = request.POST.dict() or kept_form(request)
    context = {"student": found, "guardian": bond.guardian, "question": questions.of(found)[0], "typed": typed}
    audit.record_read("paper", school=found.school, subject=found.id, viewer=request.user, at=clock.now())
    context["accept"] = scans.ACCEPT
    if request.method != "POST":
        return render(request, "office/paper.html", context)
    kind = KINDS.get(typed.get("answer", ""))
    try:
        if kind is None:
            wrong = {"error": _("Choose yes or no."), "target": "answer-yes"}
            return render(request, "office/paper.html", context | wrong, status=422)
        slip = paper.Slip(kind, typed.get("letter", ""), scans.sent(request))
        paper.record(student=found, guardian=bond.guardian, slip=slip, by=request.user, at=clock.now())
    except Refused as refusal:
        wrong = {"error": refusal.words, "target": "scan" if "scan" in refusal.reason else "letter"}
        return render(request, "office/paper.html", context | wrong, status=422)
    except consent.NoNotice:
        error = _("There is no notice yet that somebody could say yes to.")
        return render(request, "office/paper.html", context | {"error": error, "target": "answer-yes"}, status=422)
    if kind == ConsentEvent.Kind.GIVEN:
        messages.success(request, _("Typed in. It counts once a colleague has confirmed it."))
    else:
        messages.success(request, _("Typed in. No face is compared from now on; a colleague makes it final."))
    return redirect("office_guardians", found.id)


@require_safe
@signed_in
def scan(request: SignedInRequest, paper: UUID) -> HttpResponse:
    """Hand out the scan of a reply slip to those who may see it; to anybody else there is none."""
    papers = PaperAnswer.objects.select_related("scan", "student__school", "school", "recorded_by")
    found = papers.filter(id=paper).first()
    if found is None:
        raise Http404
    try:
        shown = look_at_scan(paper=found, by=request.user, at=clock.now())
    except Refused as refusal:
        raise Http404 from refusal
    return scans.attachment(shown, f"slip-{found.id}")


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def address(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Type in a guardian's new address from a signed paper."""
    found = student_of(request.user, student)
    bond = bond_of(found, request.POST.get("guardian") or request.GET.get("guardian", ""))
    typed = request.POST.dict() or kept_form(request)
    context = {"student": found, "guardian": bond.guardian, "typed": typed}
    audit.record_read("address", school=found.school, subject=found.id, viewer=request.user, at=clock.now())
    if request.method != "POST":
        return render(request, "office/address.html", context)
    email = typed.get("email", "").strip().lower()
    try:
        if not is_address(email):
            raise Refused("no_address")
        if not bond.guardian.email:
            raise Refused("no_address_yet")
        addresses.record_on_paper(
            guardian=bond.guardian, school=found.school, email=email, by=request.user, at=clock.now()
        )
    except Refused as refusal:
        return render(request, "office/address.html", context | {"error": refusal.words}, status=422)
    messages.success(request, _("Typed in. It counts once a colleague has confirmed it."))
    return redirect("office_guardians", found.id)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def to_decide(request: SignedInRequest) -> HttpResponse:
    """List what waits for a second person, and take that person's word."""
    (school, schools), at = offices.asked_for(request), clock.now()
    if request.method == "POST":
        return _decide(request, schools)
    audit.record_read("waiting", school=school, subject=school.id, viewer=request.user, at=at)
    context = {"school": school, "schools": schools}
    context |= {"papers": waiting.papers(school), "changes": waiting.changes(school)}
    context |= {"exemptions": waiting.exemptions(school), "typed": kept_form(request)}
    return render(request, "office/waiting.html", context)


def _decide(request: SignedInRequest, schools: list[School]) -> HttpResponse:
    """Take a decision. What is decided already is found too: the second of two clicks is told so in words."""
    at, by, confirmed = clock.now(), request.user, request.POST.get("decision") == "confirm"
    papers = PaperAnswer.objects.select_related("student__school", "school", "guardian", "recorded_by")
    changes = AddressChange.objects.select_related("school", "guardian", "recorded_by")
    exempted = Exemption.objects.select_related("student__school", "school", "guardian", "recorded_by")
    found = (
        _one(papers, schools, request.POST.get("paper"))
        or _one(changes, schools, request.POST.get("change"))
        or _one(exempted, schools, request.POST.get("exemption"))
    )
    if found is None:
        raise Http404
    if _loosens(found, confirmed=confirmed) and not sign_in_again.is_recent(request, at):
        return sign_in_again.ask(request)
    try:
        if isinstance(found, PaperAnswer):
            _decide_paper(found, request, confirmed=confirmed, at=at)
        elif isinstance(found, Exemption):
            (exemptions.confirm if confirmed else exemptions.drop)(exemption=found, by=by, at=at)
        else:
            (addresses.make_on_paper if confirmed else addresses.drop_on_paper)(change=found, by=by, at=at)
    except (Refused, consent.NotAGuardian) as refusal:
        messages.error(request, Refused("not_waiting").words if not isinstance(refusal, Refused) else refusal.words)
    else:
        messages.success(request, _("Confirmed. It counts from now on.") if confirmed else _("Dropped."))
    return redirect(f"{reverse('office_waiting')}?school={found.school.slug}")


def _decide_paper(found: PaperAnswer, request: SignedInRequest, *, confirmed: bool, at: datetime) -> None:
    if confirmed:
        paper.confirm(paper=found, by=request.user, at=at)
    else:
        paper.drop(paper=found, by=request.user, at=at, reason=request.POST.get("reason", ""))


def _loosens(found: PaperAnswer | AddressChange | Exemption, *, confirmed: bool) -> bool:
    """Tell whether a decision lets more be done than before: confirming does, and so does dropping a No."""
    return confirmed == (not isinstance(found, PaperAnswer) or found.kind == ConsentEvent.Kind.GIVEN)


def _one(rows: QuerySet[Row], schools: list[School], wanted: str | None) -> Row | None:
    try:
        return rows.filter(id=UUID(wanted or ""), school__in=schools).first()
    except ValueError:
        return None
