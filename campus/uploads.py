"""The only upload handler: files stay in memory, and one that is too large stops the request.

Django would write an upload over 2.5 MB to a temporary file before any view runs; a photograph must
never reach a disk.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest


def declared_length(request: HttpRequest) -> int | None:
    """Return how long a body says it is, before any of it is read; None where it doesn't say."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else None


class MemoryOnlyUploadHandler(FileUploadHandler):
    """Keeps each file of a request in memory, up to `IMAGE_MAX_BYTES` each."""

    file: BytesIO

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > settings.IMAGE_MAX_BYTES:
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
    """Keeps the scan of a paper in memory; of one that is too large a byte too many, so that a page can say so."""

    MOST_BYTES = 5_000_000

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data[: max(0, self.MOST_BYTES + 1 - start)])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        return super().file_complete(len(self.file.getvalue()))
