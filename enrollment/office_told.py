"""The office's list of guardians whom nobody has told yet what the school intends: each needs a letter."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campus import audit, clock, offices
from campus.sign_in import SignedInRequest, signed_in
from enrollment import notifications

A_PAGE = 50


@require_safe
@signed_in
def not_told(request: SignedInRequest) -> HttpResponse:
    """List who must be told and wasn't: those without an address first, since no mail goes to them."""
    school, schools = offices.asked_for(request)
    at = clock.now()
    audit.record_read("not_told", school=school, subject=school.id, viewer=request.user, at=at)
    found = notifications.untold_anything(school, at)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "office/not_told.html", {"school": school, "schools": schools, "page": page})
