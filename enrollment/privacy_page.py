"""The public page about data: what is collected, how it is kept and destroyed, what was measured, and who says so.

Everything on it comes from what is in force now: the notices, the settings, the retention rules, the assessment.
"""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campus import calendar, clock, retention
from campus.models import School
from enrollment import assessments, faces_page, notices, policies
from enrollment.models import Declared, Purpose, Section


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show the page of the only school here, or let somebody choose theirs."""
    schools = list(School.objects.order_by("name"))
    if len(schools) == 1:
        return _show(request, schools[0])
    return render(request, "privacy_schools.html", {"schools": schools})


@require_safe
def privacy_of(request: HttpRequest, school: str) -> HttpResponse:
    """Show one school's page."""
    return _show(request, get_object_or_404(School, slug=school))


def _show(request: HttpRequest, school: School) -> HttpResponse:
    at = clock.now()
    told = [notices.to_read(school, get_language(), purpose) for purpose in Purpose.values]
    in_force = [one for one in told if one is not None]
    assessment = assessments.in_force(school, at)
    context = {
        "school": school,
        "notices": in_force,
        "contact": in_force[0].words[Section.CONTACT] if in_force else "",
        "rules": _rules(school, at),
        "schedule": retention.schedule(),
        "assessment": assessment,
        "approved_on": _day(school, assessment.approved_at if assessment else None),
        "check": faces_page.last_check(school),
        "last_day": assessments.last_day(school, assessment.valid_until) if assessment else None,
    }
    return render(request, "privacy.html", context | faces_page.measured_now(at))


def _day(school: School, moment: datetime | None) -> date | None:
    return calendar.local_date(school, moment) if moment else None


def _in_school_days(days: int) -> str:
    return _("%(days)s school days") % {"days": days}


def _rules(school: School, at: datetime) -> list[tuple[str, str]]:
    """Return what the school's rules allow, as they stand now."""
    policy = policies.of(school)
    on = {
        Declared.IDENTIFICATION: policy.identification,
        Declared.DUPLICATES: school.checks_duplicates,
        Declared.GALLERY_CHECK: True,
    }
    yes, no = _("Yes"), _("No")
    return [
        (_("Law that the settings follow"), school.policy_pack.upper()),
        (_("Faces may be compared"), yes if policy.biometrics else no),
        (_("A passage by face alone may write the register"), yes if policy.attendance_by_face else no),
        (_("Each new template opens only with the student’s own card"), yes if policy.card_bound else no),
        (_("From this age the student alone answers"), str(policy.self_consent_age)),
        (_("A yes lasts at most"), _("%(days)s days") % {"days": policy.lasts.days}),
        (
            _("Stopped for a while, a template is locked and kept at most"),
            _("%(days)s days") % {"days": policy.suspended.days},
        ),
        (_("After a spoken no it is kept, locked, at most"), _in_school_days(policy.verbal_objection_days)),
        (_("Not used, it is locked after"), _in_school_days(policy.unused_suspend_days)),
        (_("Not used, it is destroyed after"), _in_school_days(policy.unused_erase_days)),
        *((str(one.label), yes if does and notices.declares(school, one, at) else no) for one, does in on.items()),
    ]
