"""The disclosure register's pages: what was asked from outside, who allowed it, what was given."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campus import audit, calendar, clock, offices, sign_in_again
from campus.models import Person, School
from campus.scans import takes_a_scan
from campus.sign_in import SignedInRequest, signed_in
from enrollment import disclosures
from enrollment.disclosures import Asked
from enrollment.models import Disclosable, Disclosure
from enrollment.protection import DECIDES, OFFICER, is_officer, page
from enrollment.refusals import Refused

A_PAGE = 50
WHO = {"required": gettext_lazy("Say who asks."), "invalid_choice": gettext_lazy("Say who asks.")}
WHEN = dict.fromkeys(("required", "invalid"), gettext_lazy("Choose another day."))
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
READ_BY_BOTH = gettext_lazy("The family reads this, both parents alike: name no guardian here.")


class DisclosureForm(forms.Form):
    """What came from outside, and what would be given for it."""

    asker = forms.ChoiceField(
        label=gettext_lazy("Who asks?"), choices=[("", "–"), *Disclosure.Asker.choices], error_messages=WHO
    )
    asked_by = forms.CharField(
        label=gettext_lazy("Authority or firm, and its person"),
        max_length=200,
        help_text=READ_BY_BOTH,
        error_messages=WHO,
    )
    asked_on = forms.DateField(label=gettext_lazy("Asked on"), widget=DAY, error_messages=WHEN)
    wish = forms.CharField(
        label=gettext_lazy("What do they want?"),
        max_length=disclosures.LONGEST_WISH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("As they put it. The family does not read this part: it may name others."),
        error_messages={"required": gettext_lazy("Write what was asked for, in at most 4,000 letters.")},
    )
    basis = forms.CharField(
        label=gettext_lazy("Law or order, and its number (if any)"),
        max_length=200,
        required=False,
        help_text=READ_BY_BOTH,
    )
    students = forms.CharField(
        label=gettext_lazy("Numbers of the students"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("The school’s own numbers, with commas between them. Their families are told."),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What would be given?"),
        choices=Disclosable.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nothing else can leave the school. A face template is not on the list and never is."),
    )
    scope = forms.CharField(
        label=gettext_lazy("Of which days or places (if not all)"),
        max_length=200,
        required=False,
        help_text=READ_BY_BOTH,
    )
    silent_until = forms.DateField(
        label=gettext_lazy("Does the order forbid telling the family? Until when?"),
        required=False,
        widget=DAY,
        error_messages=WHEN,
        help_text=gettext_lazy("Leave it empty otherwise: the family is told when it is decided."),
    )
    silent_why = forms.CharField(
        label=gettext_lazy("What forbids it (its number and paragraph)"), max_length=400, required=False
    )

    def __init__(self, data: Any = None, *, school: School) -> None:
        super().__init__(data, label_suffix="")
        self.school = school
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def clean_students(self) -> tuple[Person, ...]:
        numbers = [number for number in re.split(r"[\s,;，；、]+", self.cleaned_data["students"]) if number]
        found = {
            one.number: one for one in Person.objects.filter(school=self.school, kind="student", number__in=numbers)
        }
        unknown = [number for number in numbers if number not in found]
        if unknown:
            raise forms.ValidationError(_("No student has the number %(number)s.") % {"number": unknown[0]})
        return tuple(found.values())

    def asked(self) -> Asked:
        """Return what was typed."""
        return Asked(**{**self.cleaned_data, "kinds": tuple(self.cleaned_data["kinds"])})


@require_safe
@signed_in
def listed(request: SignedInRequest) -> HttpResponse:
    """List the register of one of the viewer's schools, newest first; an administrator sees what is being decided."""
    school, schools = offices.asked_for(request, DECIDES)
    context = page(request, school, "disclosures", schools)
    found = (
        Disclosure.objects.filter(school=school).select_related("head", "officer").order_by("-asked_on", "-recorded_at")
    )
    if not context["is_officer"]:
        found = found.filter(status=Disclosure.Status.OPEN)
    context["page"] = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "protection/disclosures.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: SignedInRequest) -> HttpResponse:
    """Ask what came from outside, and write it down; its scan is added on its own page."""
    school, schools = offices.asked_for(request, OFFICER)
    form = DisclosureForm(request.POST if request.method == "POST" else None, school=school)
    if request.method == "POST" and form.is_valid():
        try:
            found = disclosures.record(school=school, asked=form.asked(), by=request.user, at=clock.now())
        except Refused as refused:
            wrong = {
                "silent_why": "silent_why",
                "bad_day": "silent_until" if form.cleaned_data["silent_until"] else "asked_on",
            }
            form.add_error(wrong.get(refused.reason), refused.words)
        else:
            messages.success(request, _("Written down. Now add the scan."))
            return redirect("protection_disclosure", found.id)
    context = page(request, school, "disclosures", schools) | {"form": form}
    context["first_wrong"] = next((field for field in form if field.errors), None)
    return render(request, "protection/disclosure_add.html", context, status=422 if form.errors else 200)


@takes_a_scan
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def one(request: SignedInRequest, disclosure: UUID) -> HttpResponse:
    """Show one request from outside, and take what is done about it (`act`)."""
    found = _found(request, disclosure)
    if request.method != "POST":
        return _show(request, found)
    at, by = clock.now(), request.user
    if request.POST.get("act") in ("allow", "give") and not sign_in_again.is_recent(request, at):
        return sign_in_again.ask(request, shows_kept=False)
    try:
        match request.POST.get("act"):
            case "attach":
                scan = request.FILES.get("scan")
                content = scan.read() if isinstance(scan, UploadedFile) else b""
                disclosures.attach(disclosure=found, scan=content, by=by, at=at)
                said = _("The scan is kept. Now two people decide.")
            case "allow":
                disclosures.allow(disclosure=found, by=by, at=at)
                said = _("You have allowed it.")
            case "give":
                disclosures.give(disclosure=found, by=by, at=at)
                said = _("Noted as given.")
            case "refuse":
                disclosures.refuse(disclosure=found, why=request.POST.get("why", ""), by=by, at=at)
                said = _("Noted as refused.")
            case _act:
                raise Http404
    except Refused as refused:
        return _show(request, found, error=refused.words)
    messages.success(request, said)
    if not is_officer(by, found.school):  # Once it is decided, an administrator sees it no more.
        return redirect("protection_disclosures")
    return redirect("protection_disclosure", found.id)


@require_safe
@signed_in
def scan(request: SignedInRequest, disclosure: UUID) -> HttpResponse:
    """Hand out the scan as it came, to be opened elsewhere: nothing here looks into it."""
    found = _found(request, disclosure)
    if found.instrument is None:
        raise Http404
    at = clock.now()
    audit.record_read("protection.scan", school=found.school, subject=found.id, viewer=request.user, at=at)
    response = HttpResponse(bytes(found.instrument.scan), content_type=found.instrument.type)
    ending = found.instrument.type.rpartition("/")[2]
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.{ending}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _found(request: SignedInRequest, disclosure: UUID) -> Disclosure:
    """Return a request of one of the viewer's schools; an administrator's only while it is being decided."""
    rows = Disclosure.objects.select_related("school", "instrument", "head", "officer", "decided_by", "recorded_by")
    found = offices.one_of(request.user, rows.defer("instrument__scan"), disclosure, DECIDES)
    if found.status != Disclosure.Status.OPEN and not is_officer(request.user, found.school):
        raise Http404
    return found


def _show(request: SignedInRequest, found: Disclosure, *, error: str = "") -> HttpResponse:
    school, at = found.school, clock.now()
    context = page(request, school, "disclosures")
    students = disclosures.students_of(found)
    for student in students:
        audit.record_read("protection.disclosure", school=school, subject=student.id, viewer=request.user, at=at)
    is_open = found.status == Disclosure.Status.OPEN
    context |= {
        "found": found,
        "students": students,
        "is_open": is_open,
        "head_on": _day(school, found.head_at),
        "officer_on": _day(school, found.officer_at),
        "decided_on": _day(school, found.decided_at),
        "told_on": _day(school, found.told_at),
        "may_allow": is_open
        and found.instrument_id
        and found.kinds
        and request.user not in (found.head, found.officer)
        and (found.officer_id is None if context["is_officer"] else found.head_id is None),
        "allowed": found.head_id and found.officer_id,
        "error": error,
    }
    return render(request, "protection/disclosure.html", context, status=422 if error else 200)


def _day(school: School, at: Any) -> date | None:
    return calendar.local_date(school, at) if at else None
