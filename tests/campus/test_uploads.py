"""A photograph never reaches a disk: uploads stay in memory, and one that is too large ends the request."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.core.files.uploadhandler import load_handler
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings

from campus.uploads import MemoryOnlyUploadHandler

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def no_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put temporary files into a folder that isn't there, so that whoever makes one fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))


def sent(*contents: bytes) -> HttpRequest:
    """Return a request with these files under the name `image`."""
    files = [SimpleUploadedFile(f"{number}.jpg", data, "image/jpeg") for number, data in enumerate(contents)]
    return RequestFactory().post("/", {"image": files, "direction": "in"})


def test_the_memory_only_handler_is_the_only_one() -> None:
    assert project.FILE_UPLOAD_HANDLERS == ["campus.uploads.MemoryOnlyUploadHandler"]
    assert all(type(handler) is MemoryOnlyUploadHandler for handler in sent(b"x").upload_handlers)


def test_django_s_own_handler_would_make_a_temporary_file(settings: Settings) -> None:
    """So the fixture above would notice."""
    request = sent(b"x")
    request.upload_handlers = [load_handler("django.core.files.uploadhandler.TemporaryFileUploadHandler", request)]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        _ = request.FILES


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 300_000, 999_999, MEGABYTE])
def test_a_file_arrives_whole_and_in_memory(size: int) -> None:
    data = secrets.token_bytes(size)
    file = sent(data).FILES["image"]
    assert isinstance(file, InMemoryUploadedFile)
    assert (file.size, file.read()) == (size, data)
    assert (file.name, file.content_type) == ("0.jpg", "image/jpeg")


def test_several_files_arrive_each_with_its_own_bytes() -> None:
    contents = [secrets.token_bytes(size) for size in (10, 200_000, 10)]
    request = sent(*contents)
    assert [file.read() for file in request.FILES.getlist("image")] == contents
    assert request.POST["direction"] == "in"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_file_of_a_byte_too_many_ends_the_request(place: int) -> None:
    contents = [b"x", b"x", b"x"]
    contents[place] = bytes(MEGABYTE + 1)
    with pytest.raises(RequestDataTooBig):
        _ = sent(*contents).FILES


def test_the_limit_is_the_setting_s(settings: Settings) -> None:
    settings.IMAGE_MAX_BYTES = 10
    assert len(sent(bytes(10)).FILES) == 1
    with pytest.raises(RequestDataTooBig):
        _ = sent(bytes(11)).FILES


@pytest.mark.parametrize("address", ["/", "/sign-in/", "/office/", "/api/v1/captures"])
def test_a_large_file_sent_to_any_page_is_refused_and_leaves_no_trace(
    db: None, address: str, frozen: Callable[[Any], None]
) -> None:
    file = SimpleUploadedFile("a.jpg", bytes(4 * MEGABYTE), "image/jpeg")
    assert 300 <= Client().post(address, {"image": file}).status_code < 500


def test_nothing_is_stored_on_a_disk_by_default() -> None:
    assert project.STORAGES["default"]["BACKEND"] == "django.core.files.storage.InMemoryStorage"
    assert not project.MEDIA_ROOT
