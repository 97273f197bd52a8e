"""The office's page about students who look alike: names, and what two of the office say. No picture, no figure."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campus import audit, clock, offices
from campus.guardians import Refused
from campus.models import School
from campus.sign_in import SignedInRequest, signed_in
from enrollment import look_alikes
from enrollment.look_alikes import State, Word
from enrollment.models import LookAlike


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def look_alike_pairs(request: SignedInRequest) -> HttpResponse:
    """List the pairs of a school, those that wait first, and take what somebody says about one."""
    (school, schools), at = offices.asked_for(request), clock.now()
    if request.method == "POST":
        return _say(request, schools)
    audit.record_read("look_alikes", school=school, subject=school.id, viewer=request.user, at=at)
    pairs = list(look_alikes.of_school(school))
    context: dict[str, object] = {"school": school, "schools": schools, "words": Word}
    context["waiting"] = [pair for pair in pairs if pair.state != State.CONFIRMED]
    context["confirmed"] = [pair for pair in pairs if pair.state == State.CONFIRMED]
    return render(request, "office/look_alikes.html", context)


def _say(request: SignedInRequest, schools: list[School]) -> HttpResponse:
    word, found = request.POST.get("word", ""), _pair(request.POST.get("pair", ""), schools)
    try:
        if found is None or word not in set(Word):
            raise Refused("not_waiting")
        now = look_alikes.say(pair=found, word=Word(word), by=request.user, at=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        if now is None:
            messages.success(
                request, _("Both face templates are destroyed. Enrol both students again, with their cards.")
            )
        elif now.state == State.CONFIRMED:
            messages.success(request, _("Confirmed. Both students go on with their cards."))
        else:
            messages.success(request, _("Noted. It counts once a colleague has seen the same."))
    school = found.school if found else schools[0]
    return redirect(f"{reverse('office_look_alikes')}?school={school.slug}")


def _pair(wanted: str, schools: list[School]) -> LookAlike | None:
    """Return a pair of the viewer's schools; None if it has ended, 404 for what was never one."""
    try:
        pairs = LookAlike.objects.select_related("school", "student__school", "other__school")
        return pairs.filter(id=UUID(wanted), school__in=schools).first()
    except ValueError as error:
        raise Http404 from error
