"""The kiosk's HTTP contract, version 1. It translates HTTP and decides nothing.

A call is refused before its body is read if it says it is too long or comes from no kiosk of ours.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import File, Form, NinjaAPI, Router, Schema
from ninja.errors import AuthenticationError, ValidationError
from ninja.files import UploadedFile
from ninja.security import APIKeyHeader
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from campus.uploads import declared_length
from gates import intake, kiosk_cookie, kiosks
from gates.answers import Answer, answer
from gates.models import Kiosk

MAX_IMAGES = 3
MAX_BODY_BYTES = MAX_IMAGES * settings.IMAGE_MAX_BYTES + 32_768
FIELDS = {"capture_id", "captured_at", "direction", "credential", "face", "claim", "challenge", "identify"}
ShortText = Annotated[str, StringConstraints(max_length=128)]


def _in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC, where the calendar's first and last day may end a few hours earlier."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


# Pydantic alone would also read a bare number, as seconds since 1970.
Moment = Annotated[AwareDatetime, BeforeValidator(datetime.fromisoformat), AfterValidator(_in_utc)]


class Refusal(Schema):
    """Why a call was refused: a word for machines, the field it is about, a sentence for people."""

    error: str
    field: str | None = None
    message: str


class Refused(Exception):
    """A call that is answered with a refusal instead of a decision."""

    def __init__(self, status: int, error: str, message: str, field: str | None = None) -> None:
        super().__init__(error)
        self.status, self.refusal = status, Refusal(error=error, field=field, message=message)


class KioskKey(APIKeyHeader):
    """`Authorization: Kiosk <key>`, or the paired screen's cookie; looked at before anything of the body is."""

    param_name = "Authorization"
    openapi_name = "KioskKey"

    def authenticate(self, request: HttpRequest, key: str | None) -> Kiosk | None:
        _refuse_a_long_body(request)
        return kiosks.authenticate(key) if key else kiosks.with_key(kiosk_cookie.for_captures(request))


class CaptureFields(Schema):
    """The fields of one capture."""

    capture_id: UUID = Field(description="Chosen by the kiosk; the same call may be repeated under it")
    captured_at: Moment = Field(description="ISO 8601 with an offset")
    direction: Literal["in", "out"] = Field("in", description="One that the kiosk was set up for")
    credential: ShortText = Field("", description="The string of the card that was shown")
    face: Literal["offered", "declined"] = Field(
        "offered", description="declined: the card alone decides, as it does when the card is shown after use_card"
    )
    claim: ShortText = Field("", description="From an earlier answer; allows one capture's pictures, for 10 seconds")
    challenge: ShortText = ""
    identify: Literal["no", "yes"] = Field(
        "no",
        description="yes: nobody showed a card, somebody touched the button. Asked for a look, if the school allows "
        "it; with neither a card nor a claim",
    )


api = NinjaAPI(title="Campus Gate", version="1", docs_url=None, urls_namespace="api")
router = Router(tags=["kiosk"])

REFUSALS = dict.fromkeys((401, 403, 409, 411, 413, 422, 429, 503), Refusal)


@router.post("/captures", response={200: Answer, **REFUSALS}, auth=KioskKey(), summary="Send one capture")
def create_capture(
    request: HttpRequest,
    fields: Form[CaptureFields],
    image: Annotated[list[UploadedFile], File(description="0 to 3 JPEG or PNG pictures, 1 MB each")] = [],  # noqa: B006
) -> Any:
    """Take a card, the wish to be known without one, or the pictures asked for, and answer what the kiosk is to do."""
    kiosk: Kiosk = request.auth  # type: ignore[attr-defined]
    call = _call(request, fields, image)
    try:
        return answer(intake.receive(kiosk, call), kiosk)
    except intake.Conflict as error:
        raise Refused(409, "conflict", _("This capture was sent before, with other contents."), "capture_id") from error
    except intake.ForeignClaim as error:
        raise Refused(403, "not_this_kiosk", _("This claim was given to another kiosk."), "claim") from error
    except intake.WrongWay as error:
        raise Refused(422, "wrong_way", _("Nobody passes this kiosk in this direction."), "direction") from error
    except OperationalError as error:  # The database didn't answer in time; nothing was written.
        raise Refused(503, "busy", _("This takes too long. Please use your card.")) from error
    except intake.TooMany as error:
        raise Refused(429, "too_many", _("Too many calls. Please wait a few seconds.")) from error


api.add_router("/v1", router)


def _call(request: HttpRequest, fields: CaptureFields, image: list[UploadedFile]) -> intake.Call:
    for name in sorted((set(request.POST) - FIELDS) | (set(request.FILES) - {"image"})):
        raise Refused(422, "unknown_field", _("This field is not known here."), name)
    for name in sorted(FIELDS):
        if len(request.POST.getlist(name)) > 1:
            raise Refused(422, "invalid", _("This field was sent twice."), name)
    if len(image) > MAX_IMAGES:
        raise Refused(422, "invalid", _("At most three pictures belong to one capture."), "image")
    if fields.claim and not image and fields.face == "offered" and fields.direction == "in":
        raise Refused(422, "invalid", _("A claim asks for pictures, and there are none."), "image")
    if fields.identify == "yes" and (fields.credential or fields.claim):
        raise Refused(422, "invalid", _("Whoever shows a card is not looked for."), "identify")
    return intake.Call(
        capture_id=fields.capture_id,
        captured_at=fields.captured_at,
        direction=fields.direction,
        credential=fields.credential,
        identify=fields.identify == "yes",
        face_declined=fields.face == "declined",
        claim=fields.claim,
        challenge=fields.challenge,
        images=tuple(file.read() for file in image),
    )


def _refuse_a_long_body(request: HttpRequest) -> None:
    length = declared_length(request)
    if length is None:
        raise Refused(411, "length_required", _("The length of the call must be given."))
    if length > MAX_BODY_BYTES:
        raise Refused(413, "too_large", _("The pictures are too large."), "image")


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    response = api.create_response(request, error.refusal.dict(), status=error.status)
    if error.status in (429, 503):
        response["Retry-After"] = "5"
    return response


@api.exception_handler(AuthenticationError)
def _unknown_kiosk(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = _refused(request, Refused(401, "unknown_kiosk", _("This kiosk is not known here.")))
    response["WWW-Authenticate"] = "Kiosk"
    return response


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return _refused(request, Refused(413, "too_large", _("One of the pictures is too large."), "image"))


@api.exception_handler(TooManyFilesSent)
def _too_many_files(request: HttpRequest, error: TooManyFilesSent) -> HttpResponse:
    return _refused(request, Refused(422, "invalid", _("At most three pictures belong to one capture."), "image"))


@api.exception_handler(TooManyFieldsSent)
@api.exception_handler(MultiPartParserError)
def _not_understood(request: HttpRequest, error: Exception) -> HttpResponse:
    return _refused(request, Refused(422, "invalid", _("This call is not understood.")))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    field = next(
        (str(part) for found in error.errors for part in reversed(found["loc"]) if isinstance(part, str)), None
    )
    return _refused(request, Refused(422, "invalid", _("This field is missing or not understood."), field))
