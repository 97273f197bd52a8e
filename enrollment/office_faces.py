"""The school's page about its face reader: what it accepts of it, and who has to be enrolled again.

The office sees it; whoever answers for data protection accepts the sentence there, in words.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campus import audit, calendar, clock, offices, people, sign_in_again
from campus.models import Role, School
from campus.sign_in import SignedInRequest, signed_in
from enrollment import acceptance, engine_sets, faces_page, renewal
from enrollment.calibration import Calibration

MAY_SEE = (Role.Kind.OFFICE, *acceptance.MAY_ACCEPT)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def faces(request: SignedInRequest) -> HttpResponse:
    """Show where one of the viewer's schools (`?school=`) stands, and take the acceptance of one sentence."""
    (school, schools), at = offices.asked_for(request, MAY_SEE), clock.now()
    if request.method == "POST":
        return _accept(request, school, schools, at)
    audit.record_read("faces", school=school, subject=school.id, viewer=request.user, at=at)
    return _show(request, school, schools, at)


def _accept(request: SignedInRequest, school: School, schools: list[School], at: datetime) -> HttpResponse:
    if not acceptance.may_accept(request.user, school):
        raise PermissionDenied
    measured = next((one for one in engine_sets.in_use(at) if one.engine == request.POST.get("engine")), None)
    if measured is None or not acceptance.is_asked(measured):
        raise Http404
    if not sign_in_again.is_recent(request, at):
        return sign_in_again.ask(request, shows_kept=False)
    if request.POST.get("accepted") != "yes":
        return _show(request, school, schools, at, error=_("Tick the box if the school accepts this."))
    try:
        acceptance.accept(school=school, measured=measured, read=request.POST.get("read", ""), by=request.user, at=at)
    except acceptance.Changed:
        return _show(
            request, school, schools, at, error=_("This has changed since you opened the page. Read it again.")
        )
    messages.success(request, _("Written down. Faces of this school may be enrolled and compared."))
    return redirect(f"{reverse('office_faces')}?school={school.slug}")


def _show(
    request: SignedInRequest, school: School, schools: list[School], at: datetime, *, error: str = ""
) -> HttpResponse:
    is_office = people.has_role(request.user, school, Role.Kind.OFFICE)
    ends, left = engine_sets.renewal_ends_at(), renewal.left(school)
    context = {
        "school": school,
        "schools": schools,
        "is_office": is_office,
        "may_accept": acceptance.may_accept(request.user, school),
        "error": error,
        "readers": [_reader(school, measured) for measured in engine_sets.in_use(at)],
        "left": list(left) if is_office else [],
        "left_count": left.count(),
        "renewing": engine_sets.is_renewing(at),
        "unseen": engine_sets.is_renewed(at) and renewal.seen() is None,
        "ends_on": calendar.local_date(school, ends) if ends else None,
        "ends_at": calendar.local_time(school, ends) if ends else None,
        "check": faces_page.last_check(school),
        "calibrated": engine_sets.current() is not None,
    }
    return render(request, "office/faces.html", context, status=422 if error else 200)


def _reader(school: School, measured: Calibration) -> dict[str, object]:
    accepted = acceptance.of(school, measured)
    return {
        "about": faces_page.of_set(measured.engines),
        "asked": acceptance.is_asked(measured),
        "accepted": accepted,
        "accepted_on": calendar.local_date(school, accepted.accepted_at) if accepted else None,
        "read": acceptance.digest(measured),
    }
