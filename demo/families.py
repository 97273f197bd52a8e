"""The families' part of the rides: they answer, object, take along what is held, and take a yes back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import httpx

from demo.callers import MAIL_SECONDS, heading, marked, told
from demo.day import Day, Ride, Student, at_gate, is_told, on_page
from demo.mail import letters_to

KEY_SECONDS = 60.0
"""Within which the key of a destroyed template is destroyed too."""
DESTROYED = "The key is destroyed"
Seen = TypeVar("Seen")


def families_answer(day: Day) -> Iterator[Ride]:
    """One family says yes, one says no, the others say nothing."""
    for key, answer in (("consented", "yes"), ("refused", "no")):
        student = day.students[key]
        guardian = day.visitor(student["guardian"])
        yield _answered(f"family says {answer}", student, guardian.answer(student["id"], answer, day.notice), answer)
        guardian.close()


def k_download(day: Day) -> Iterator[Ride]:
    """(k) The parent takes along everything that is held: the passages, the marks, and that there is a template."""
    student = day.students["consented"]
    parent = day.visitor(student["guardian"])
    held = parent.download(student["id"])
    parent.close()
    about, kinds = held.pop("about"), ("passages", "marks", "face_templates")
    counted = ", ".join(f"{kind.replace('_', ' ')} {len(held[kind])}" for kind in kinds)
    entries = sum(len(rows) for rows in held.values())
    whole = about["student"] == student["name"] and all(held[kind] for kind in kinds)
    yield on_page("k downloads all", student, f"{entries} entries", ok=whole, reason=counted)


def e_withdrawal(day: Day) -> Iterator[Ride]:
    """(e) The parent withdraws on the web page: the very next passage compares nothing."""
    student = day.students["consented"]
    parent = day.visitor(student["guardian"])
    page = parent.withdraw(student["id"])
    parent.close()
    gone = "The face template is gone." in told(page)
    yield on_page("e takes the yes back", student, _place(page), ok=gone, reason=heading(page))
    said = day.kiosk.send([day.own_face], credential=student["card"])
    nothing = said.body["distance"] is None and said.body["timings_ms"]["extract"] is None
    yield at_gate("e next passage", student, "own", "unasked", said, is_told(said, "granted", "card") and nothing)


def l_two_guardians(day: Day) -> Iterator[Ride]:
    """(l) One guardian says yes and the other no: nothing is taken, and who said no isn't told."""
    student = day.students["two_guardians"]
    one, other = day.visitor(student["guardian"]), day.visitor(student["other_guardian"])
    yield _answered("l one guardian says yes", student, one.answer(student["id"], "yes", day.notice), "yes")
    yield _answered("l the other says no", student, other.answer(student["id"], "no", day.notice), "no")
    page = one.get(f"/family/{student['id']}/")
    unnamed = student["other_guardian"] not in page.text and student["other_name"] not in page.text
    told_of_it = _sentence("Another guardian", told(page))
    yield on_page("l the one looks", student, _place(page), ok=bool(told_of_it) and unnamed, reason=told_of_it)
    office = day.visitor(day.office)
    page = office.begin(student["id"], student["card"])
    yield on_page("l the office begins", student, str(page.status_code), ok=page.status_code == 409, reason=told(page))
    said = day.kiosk.send([day.own_face], credential=student["card"])
    nothing = said.body["distance"] is None and said.body["timings_ms"]["extract"] is None
    yield at_gate("l at the gate", student, "own", "unasked", said, is_told(said, "granted", "card") and nothing)
    for visitor in (one, other, office):
        visitor.close()


def m_receipt(day: Day) -> Iterator[Ride]:
    """(m) The receipt of the withdrawal: once the key is destroyed the page says so, and a letter and a PDF do."""
    student = day.students["consented"]
    parent = day.visitor(student["guardian"])
    path = f"/family/{student['id']}/receipt/"
    page = _until(lambda: parent.get(path), lambda page: DESTROYED in told(page), KEY_SECONDS)
    seen = _sentence(DESTROYED, told(page))
    yield on_page("m the receipt's page", student, _place(page), ok=bool(seen), reason=seen)
    number = marked(r'<dd class="number">([^<]+)<', page.text)
    words = _until(lambda: _letter_with(number, day, student), bool, MAIL_SECONDS)
    seen = _sentence(DESTROYED, words)
    yield on_page("m the letter", student, "mailed" if words else "-", ok=bool(seen), reason=seen)
    pdf = parent.get(marked(r'href="(/family/receipts/[^"]+)"', page.text))
    kind, size = pdf.headers["Content-Type"], f"{len(pdf.content)} bytes"
    yield on_page("m to keep", student, kind, ok=pdf.content.startswith(b"%PDF-"), reason=size)
    parent.close()


def _answered(name: str, student: Student, page: httpx.Response, answer: str) -> Ride:
    """Return the row of an answer: the page that its guardian was led to."""
    return on_page(name, student, _place(page), ok=f"Your answer is {answer}." in heading(page), reason=heading(page))


def _place(page: httpx.Response) -> str:
    """Return the last part of a page's address that is a word."""
    return next(part for part in reversed(page.url.path.split("/")) if part.isalpha())


def _sentence(beginning: str, words: str) -> str:
    """Return the sentence that begins so, or an empty string."""
    found = re.search(rf"{beginning}[^.;]*", " ".join(words.split()))
    return found[0] if found else ""


def _letter_with(number: str, day: Day, student: Student) -> str:
    """Return the words of the letter that has a receipt's number, or an empty string."""
    letters = letters_to(day.mail, student["guardian"])
    return next((letter.words for letter in letters if number in letter.words), "")


def _until(look: Callable[[], Seen], enough: Callable[[Seen], bool], seconds: float) -> Seen:
    """Look again and again until it is enough or the time is over, and return what was seen last."""
    end = time.monotonic() + seconds
    while not enough(seen := look()) and time.monotonic() < end:
        time.sleep(0.2)
    return seen
