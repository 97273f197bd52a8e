"""The enrolment desk's page: a webcam takes a few pictures of a consenting student and sends them once.

Everything that can be refused without the pictures is refused before they are read.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from campus import clock, people
from campus.models import Person
from campus.sign_in import SignedInRequest, signed_in
from campus.uploads import declared_length
from enrollment import consent, sittings
from enrollment.messages import message
from enrollment.models import EnrollmentAttempt
from enrollment.office import student_of

FEWEST, MOST = 3, 5
MAX_BODY_BYTES = MOST * settings.IMAGE_MAX_BYTES + 32_768

REFUSED = EnrollmentAttempt.State.REFUSED
STATUSES = {"own_child": 403, "no_length": 411, "too_large": 413, "too_few_images": 422, "too_many_images": 422}
"""Reason of a refusal at the door -> HTTP status; 409 for the others."""


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def enroll(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show the desk, or take 3 to 5 pictures (multipart `image`) and answer what became of them.

    The CSRF check reads the body, so it is put off, not left out: `_take` makes it once the length, the
    student and the consent have been looked at.
    """
    found = student_of(request.user, student)
    reason = _refusal(request, found)
    if request.method != "POST":
        return render(request, "office/enroll.html", _context(found, message(REFUSED, reason) if reason else ""))
    reason = reason or _refusal_of_length(request)
    if reason:
        return _answer(request, found, reason=reason)
    try:
        return _take(request, found)
    except RequestDataTooBig:
        return _answer(request, found, reason="too_large")
    except TooManyFilesSent:
        return _answer(request, found, reason="too_many_images")


@csrf_protect
def _take(request: SignedInRequest, student: Person) -> HttpResponse:
    files = request.FILES.getlist("image")
    if not FEWEST <= len(files) <= MOST:
        return _answer(request, student, reason="too_few_images" if len(files) < FEWEST else "too_many_images")
    images = [file.read() for file in files]
    attempt = sittings.begin(student=student, operator=request.user, images=images, at=clock.now())
    return _answer(request, student, attempt=attempt)


def _refusal(request: SignedInRequest, student: Person) -> str:
    """Return why this student can't be enrolled by this operator now, or an empty string."""
    at = clock.now()
    if people.is_guardian(request.user, student):
        return "own_child"
    if not consent.may_process(consent.facts_of(student, at), consent.policy_of(student), at):
        return "no_consent"
    return "" if settings.FACE_PAIR_THRESHOLD is not None else "not_calibrated"


def _refusal_of_length(request: HttpRequest) -> str:
    length = declared_length(request)
    if length is None:
        return "no_length"
    return "too_large" if length > MAX_BODY_BYTES else ""


def _answer(
    request: HttpRequest, student: Person, *, attempt: EnrollmentAttempt | None = None, reason: str = ""
) -> HttpResponse:
    """Answer a machine in JSON and a person with the page: an attempt, or a refusal at the door."""
    state = attempt.state if attempt else REFUSED
    reason = attempt.reason if attempt else reason
    words = message(state, reason)
    status = 200 if attempt else STATUSES.get(reason, 409)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        body = {"attempt": str(attempt.id) if attempt else None, "state": state, "reason": reason, "message": words}
        return JsonResponse(body, status=status)
    return render(request, "office/enroll.html", _context(student, words, state), status=status)


def _context(student: Person, words: str, state: str = REFUSED) -> dict[str, object]:
    return {"student": student, "words": words, "state": state, "most": MOST}
