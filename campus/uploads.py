"""The only upload handler: files stay in memory, and one that is too large stops the request.

Django would write an upload over 2.5 MB to a temporary file before any view runs; a photograph must
never reach a disk.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any, ClassVar, Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

P = ParamSpec("P")


def declared_length(request: HttpRequest) -> int | None:
    """Return how long a body says it is, before any of it is read; None where it doesn't say."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else None


class MemoryOnlyUploadHandler(FileUploadHandler):
    """Keeps each file of a request in memory, up to `IMAGE_MAX_BYTES` each."""

    most: ClassVar[int | None] = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > (self.most or settings.IMAGE_MAX_BYTES):
            raise RequestDataTooBig("one of the files is too large")
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name or "",
            content_type=self.content_type or "",
            size=file_size,
            charset=self.charset,
        )


class ScanUploadHandler(MemoryOnlyUploadHandler):
    """Keeps the scan of a paper in memory, up to 5 MB."""

    most = 5_000_000


def takes_a_scan(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let a page take a scanned paper. The form's token is checked here, once the handler is chosen, not before."""

    @csrf_exempt
    @wraps(view)
    def taking(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request.upload_handlers = [ScanUploadHandler(request)]
        return csrf_protect(view)(request, *args, **kwargs)

    return taking
