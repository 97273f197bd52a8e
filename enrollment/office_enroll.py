"""The supervised enrolment desk: card, witness, the student's own answer, and only then the pictures.

Everything that can be refused without the pictures is refused before they are read.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from campus import audit, clock
from campus.models import Person
from campus.sign_in import SignedInRequest, signed_in
from campus.uploads import declared_length
from enrollment import assent, card_cookie, policies, sessions, sittings
from enrollment.messages import message
from enrollment.models import ChildAnswer, EnrollmentAttempt, EnrollmentSession
from enrollment.office import student_of

FEWEST, MOST = 3, 5
MAX_BODY_BYTES = MOST * settings.IMAGE_MAX_BYTES + 32_768
NONCE_HEADER = "Enrollment-Nonce"

REFUSED = EnrollmentAttempt.State.REFUSED
STATUSES = {
    "own_child": 403,
    "no_length": 411,
    "too_large": 413,
    "too_few_images": 422,
    "too_many_images": 422,
    "not_a_card": 422,
    "not_their_card": 422,
}
"""Reason of a refusal at the door -> HTTP status; 409 for the others."""


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def enroll(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show where the sitting stands, or take 3 to 5 pictures (multipart `image`) and answer what became of them.

    The CSRF check reads the body, so it is put off, not left out: `_take` makes it once the length, the
    student, the consent and the sitting have been looked at.
    """
    at, found = clock.now(), student_of(request.user, student)
    session = sessions.live(found, request.user, at)
    reason = sessions.refusal(found, request.user, at)
    if request.method != "POST":
        return _show(request, found, session, words=message(REFUSED, reason) if reason else "")
    reason = reason or _refusal_of_length(request)
    if not reason and (session is None or session.state != EnrollmentSession.State.ASSENTED):
        reason = "no_session"
    if reason or session is None:
        return _answer(request, found, reason=reason)
    try:
        return _take(request, session)
    except RequestDataTooBig:
        return _answer(request, found, reason="too_large")
    except TooManyFilesSent:
        return _answer(request, found, reason="too_many_images")


@csrf_protect
def _take(request: SignedInRequest, session: EnrollmentSession) -> HttpResponse:
    files = request.FILES.getlist("image")
    if not FEWEST <= len(files) <= MOST:
        reason = "too_few_images" if len(files) < FEWEST else "too_many_images"
        return _answer(request, session.student, reason=reason)
    bound = policies.of(session.student.school).card_bound
    card_key = card_cookie.brought(request, session) if bound else None
    if bound and card_key is None:
        return _answer(request, session.student, reason="card_again")
    nonce = request.headers.get(NONCE_HEADER, "")
    images = [file.read() for file in files]
    attempt = sittings.begin(session=session, nonce=nonce, images=images, at=clock.now(), card_key=card_key)
    response = _answer(request, session.student, attempt=attempt, reason="" if attempt else "no_session")
    if attempt is not None and attempt.state == EnrollmentAttempt.State.ENROLLED:
        card_cookie.take_back(response, session)
    return response


@require_POST
@signed_in
@sensitive_post_parameters("card")
def begin(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Open a sitting with the student's card."""
    at, found = clock.now(), student_of(request.user, student)
    card, came = request.POST.get("card", ""), request.POST.get("came") == "yes"
    session, reason = sessions.begin(student=found, operator=request.user, card=card, came=came, at=at)
    if session is not None:
        response = redirect("office_enroll", found.id)
        if policies.of(found.school).card_bound:
            card_cookie.give(response, session, card)
        return response
    words = message(REFUSED, reason)
    if sessions.refusal(found, request.user, at):
        return _show(request, found, None, words=words, status=STATUSES.get(reason, 409))
    return _show(request, found, None, error=words, status=STATUSES.get(reason, 409))


@require_POST
@signed_in
def answer(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Take the student's own answer in the sitting. A No ends it, and is the last word until the student comes."""
    at, found = clock.now(), student_of(request.user, student)
    session, given = sessions.live(found, request.user, at), request.POST.get("answer")
    kind = ChildAnswer.Kind(given) if given in set(ChildAnswer.Kind) else None
    taken = session is not None and kind is not None and sessions.answer(session=session, kind=kind, at=at)
    if kind == ChildAnswer.Kind.NO:
        if not taken:  # The sitting is over; a No counts all the same.
            assent.refuse(student=found, by=request.user, at=at)
        return render(request, "office/enroll_no.html", {"student": found, "school": found.school})
    if not taken:
        return _show(request, found, session, error=message(REFUSED, "no_session"), status=409)
    return redirect("office_enroll", found.id)


@require_POST
@signed_in
def child_refused(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Write down a No that a student said at another time than in a sitting. Twice is as good as once."""
    at, found = clock.now(), student_of(request.user, student)
    assent.refuse(student=found, by=request.user, at=at)
    messages.success(request, _("The student’s no is written down. No face template is held."))
    return redirect("office_student", found.id)


def _refusal_of_length(request: HttpRequest) -> str:
    length = declared_length(request)
    if length is None:
        return "no_length"
    return "too_large" if length > MAX_BODY_BYTES else ""


def _answer(
    request: SignedInRequest, student: Person, *, attempt: EnrollmentAttempt | None = None, reason: str = ""
) -> HttpResponse:
    """Answer a machine in JSON and a person with the page: an attempt, or a refusal at the door."""
    state = attempt.state if attempt else REFUSED
    reason = attempt.reason if attempt else reason
    words = message(state, reason)
    status = 200 if attempt else STATUSES.get(reason, 409)
    if request.get_preferred_type(["text/html", "application/json"]) != "application/json":
        return _show(request, student, None, words=words, state=state, status=status)
    body = {"attempt": str(attempt.id) if attempt else None, "state": state, "reason": reason, "message": words}
    body["nonce"] = _next_nonce(request, student, clock.now()) if state == REFUSED else None
    return JsonResponse(body, status=status)


def _next_nonce(request: SignedInRequest, student: Person, at: datetime) -> str | None:
    """Return what the next burst of pictures needs, if the sitting takes one more."""
    session = sessions.live(student, request.user, at)
    if session is None or session.state != EnrollmentSession.State.ASSENTED or session.tries >= sessions.MOST_TRIES:
        return None
    return sessions.nonce_of(session)


def _show(
    request: SignedInRequest,
    student: Person,
    session: EnrollmentSession | None,
    *,
    words: str = "",
    error: str = "",
    state: str = REFUSED,
    status: int = 200,
) -> HttpResponse:
    at = clock.now()
    step = session.state if session else "card"
    left = max(0, int((session.expires_at - at).total_seconds())) if session else 0
    if request.method in ("GET", "HEAD") and request.get_preferred_type(["text/html", "application/json"]) == (
        "application/json"
    ):
        return JsonResponse({"step": step, "seconds": left})
    audit.record_read("sitting", school=student.school, subject=student.id, viewer=request.user, at=at)
    last = assent.last_answer(student)
    context = {
        "student": student,
        "school": student.school,
        "words": words,
        "error": error,
        "state": state,
        "most": MOST,
        "session": session,
        "step": step,
        "seconds": left,
        "code": sessions.code_of(session) if session else "",
        "nonce": sessions.nonce_of(session) if session and step == EnrollmentSession.State.ASSENTED else "",
        "said_no": last is not None and last.kind == ChildAnswer.Kind.NO,
    }
    return render(request, "office/enroll.html", context, status=status)
