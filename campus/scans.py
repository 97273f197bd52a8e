"""Scans of signed papers: told apart by their first bytes, handed out as they came, and never opened here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from campus.guardians import Refused
from campus.uploads import ScanUploadHandler, declared_length

MOST_BYTES = ScanUploadHandler.MOST_BYTES
MOST_IN_ALL = 6 * MOST_BYTES
"""A larger body isn't read at all; up to here a file that is too large is answered in words."""
BEGINNINGS = {
    b"%PDF-": ("application/pdf", "pdf"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
}
ENDINGS = dict(BEGINNINGS.values())
ACCEPT = ",".join(ENDINGS)
"""For a form's field."""

P = ParamSpec("P")


@dataclass(frozen=True)
class Scan:
    """A file that begins as a PDF, a JPEG or a PNG does."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.content).digest()


def takes_a_scan(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let a page take a scan into memory. It goes around everything else, since a look at the form reads the body."""

    @csrf_exempt  # Put off, not left out: the check reads the body, and then it is too late to say how.
    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if (declared_length(request) or 0) > MOST_IN_ALL:
            raise RequestDataTooBig("a scan is too large")
        request.upload_handlers = [ScanUploadHandler(request)]
        protected: Callable[..., HttpResponse] = csrf_protect(view)
        return protected(request, *args, **kwargs)

    return checked


def sent(request: HttpRequest, field: str = "scan") -> Scan | None:
    """Return the scan that a form carries, or None. Raises `Refused` for what is too large or of another kind."""
    file: Any = request.FILES.get(field)
    content: bytes = file.read() if file else b""
    if not content:
        return None
    if len(content) > MOST_BYTES:
        raise Refused("scan_too_large")
    media_type = next((kind for begins, (kind, _) in BEGINNINGS.items() if content.startswith(begins)), "")
    if not media_type:
        raise Refused("scan_of_another_kind")
    return Scan(media_type, content)


def attachment(scan: Scan, name: str) -> HttpResponse:
    """Hand a scan out to be saved: no browser shows it as a page of ours, or guesses what it is."""
    ending = ENDINGS[scan.media_type]
    return HttpResponse(
        scan.content,
        content_type=scan.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{ending}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
