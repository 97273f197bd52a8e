"""What the office does with a reply slip on its pages, for the tests that need it done."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campus.models import User
from enrollment.models import PaperAnswer, Permit
from tests.papers import SCAN
from tests.personas import Pupil


def page_of(pupil: Pupil, *rest: str) -> str:
    return "/".join(["", "office", "students", str(pupil.person.id), "guardians", *rest, ""])


def print_letter(client: Client, pupil: Pupil, guardian: User) -> str:
    page = client.post(page_of(pupil, "letter"), {"guardian": str(guardian.id)}).content.decode()
    found = re.search(r'id="letter-code">([^<]+)<', page)
    assert found
    return found.group(1)


def type_in(
    client: Client, pupil: Pupil, guardian: User, answer: str, code: str = "", scan: bytes = SCAN.content
) -> Any:
    said: dict[str, Any] = {"guardian": str(guardian.id), "answer": answer, "letter": code}
    if scan and answer == "yes":
        said["scan"] = SimpleUploadedFile("slip.pdf", scan, "application/pdf")
    return client.post(page_of(pupil, "paper"), said, follow=True)


def open_scan(client: Client) -> Any:
    return client.get(f"/office/papers/{PaperAnswer.objects.latest('recorded_at').id}/scan/")


def decide(client: Client, decision: str, reason: str = "") -> str:
    open_scan(client)
    said = {"paper": str(PaperAnswer.objects.latest("recorded_at").id), "decision": decision, "reason": reason}
    return client.post("/office/waiting/", said, follow=True).content.decode()


def has_permit(pupil: Pupil) -> bool:
    return Permit.objects.filter(student=pupil.person, live=True, compare=True).exists()
