"""The rides: people passing the demo school's gate, over HTTP, exactly as a kiosk, a parent and an office do it.

Each ride is also a test (`tests/stack/test_rides.py`). They are ridden in this order, because the first
needs a consent and an enrolment and the last takes the consent back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from demo import pictures
from demo.callers import Kiosk, Said, Visitor

Student = Mapping[str, str]


@dataclass(frozen=True)
class Ride:
    """One row of the table."""

    name: str
    who: str
    card: str
    face: str
    outcome: str
    reason: str
    distance: float | None
    ms: float | None
    ok: bool


class Day:
    """The demo school on the day of the rides: its kiosk, its people, the pictures they send."""

    def __init__(self, base_url: str, seed: Mapping[str, Any], mail: Path, portraits: Path, shift: timedelta) -> None:
        self.base_url, self.mail, self.portraits = base_url, mail, portraits
        self.kiosk = Kiosk(base_url, seed["kiosk"]["key"], shift)
        self.notice: str = seed["notice"]["id"]
        self.students: dict[str, Student] = {student["key"]: student for student in seed["students"]}
        emails = {person["role"]: person["email"] for person in seed["sign_ins"]}
        self.office: str = emails["office"]
        self.witness: str = emails["witness"]
        self.own_face = pictures.probe(portraits, "obama")
        self.other_face = pictures.probe(portraits, "biden")

    def visitor(self, email: str) -> Visitor:
        """Return somebody who has signed in."""
        return Visitor(self.base_url, self.mail).sign_in(email)


def run(
    base_url: str, seed: Mapping[str, Any], mail: Path, portraits: Path, *, shift: timedelta = timedelta(0)
) -> list[Ride]:
    """Ride them all, in order."""
    day = Day(base_url, seed, mail, portraits, shift)
    return [row for ride in RIDES for row in ride(day)]


def families_answer(day: Day) -> Iterator[Ride]:
    """One family says yes, one says no, the others say nothing."""
    for key, answer in (("consented", "yes"), ("refused", "no")):
        student = day.students[key]
        guardian = day.visitor(student["guardian"])
        guardian.answer(student["id"], answer, day.notice)
        guardian.close()
        yield _page(f"family says {answer}", student, "answered", ok=True)


def office_enrolls(day: Day) -> Iterator[Ride]:
    """The office enrols the child whose family said yes: with the card, a witness, and the child's own yes."""
    student = day.students["consented"]
    office, witness = day.visitor(day.office), day.visitor(day.witness)
    photographs = pictures.enrollment_set(day.portraits, "obama")
    said = office.enroll(student["id"], photographs, card=student["card"], witness=witness)
    witness.close()
    office.close()
    yield _page(
        "office enrols", student, str(said["state"]), ok=said["state"] == "enrolled", reason=str(said["reason"])
    )


def a_own_face(day: Day) -> Iterator[Ride]:
    """(a) A consented student with their own card and face, in another photo than those enrolled."""
    student = day.students["consented"]
    asked = day.kiosk.send(credential=student["card"])
    yield _ride("a shows the card", student, "own", "-", asked, asked.outcome == "look" and bool(asked.claim))
    seen = day.kiosk.send([day.own_face], claim=asked.claim)
    on_time = (seen.body.get("attendance") or {}).get("code") == "present"
    yield _ride("a looks", student, "own", "own", seen, _is(seen, "granted", "match") and on_time)


def b_other_face(day: Day) -> Iterator[Ride]:
    """(b) The same card with somebody else's face: denied three times, then the card is asked for."""
    student = day.students["consented"]
    claim = day.kiosk.send(credential=student["card"]).claim
    for number in (1, 2, 3):
        seen = day.kiosk.send([day.other_face], claim=claim)
        claim = seen.claim
        right = _is(seen, "denied", "no_match") and bool(claim) == (number < 3) and seen.body["person"] is None
        yield _ride(f"b try {number}", student, "own", "stranger's", seen, right)
    again = day.kiosk.send(credential=student["card"])
    yield _ride("b the card again", student, "own", "-", again, _is(again, "use_card", "tries_spent"))


def j_face_declined(day: Day) -> Iterator[Ride]:
    """(j) The card alone, because the face was declined; right after a non-match, the reason says so."""
    student = day.students["consented"]
    said = day.kiosk.send(credential=student["card"], face="declined")
    yield _ride("j declines the camera", student, "own", "declined", said, _is(said, "granted", "card_after_no_match"))


def c_family_refused(day: Day) -> Iterator[Ride]:
    """(c) A student whose family said no: the same lane by card; a picture sent all the same is not looked at."""
    student = day.students["refused"]
    said = day.kiosk.send(credential=student["card"])
    yield _ride("c shows the card", student, "own", "-", said, _is(said, "granted", "card"))
    said = day.kiosk.send([day.other_face], credential=student["card"])
    unread = said.body["timings_ms"]["extract"] is None and said.body["distance"] is None
    yield _ride("c and a picture", student, "own", "unasked", said, _is(said, "granted", "card") and unread)
    silent = day.students["silent"]
    said = day.kiosk.send(credential=silent["card"])
    yield _ride("c a silent family", silent, "own", "-", said, _is(said, "granted", "card"))


def d_no_card(day: Day) -> Iterator[Ride]:
    """(d) A picture without a card: nobody is looked for."""
    said = day.kiosk.send([day.own_face])
    yield _ride("d only a picture", {"name": "somebody"}, "-", "unasked", said, _is(said, "use_card", "no_card"))


def f_bad_pictures(day: Day) -> Iterator[Ride]:
    """(f) No face, two faces, half a JPEG, a hundred megapixels: once more, in words, and nothing is kept."""
    student = day.students["consented"]
    sent = [
        ("no face", pictures.no_face(), "no_face"),
        ("two faces", pictures.two_faces(day.portraits), "several_faces"),
        ("half a JPEG", pictures.corrupt_jpeg(day.portraits), "unreadable_image"),
        ("100 megapixels", pictures.hundred_megapixels(), "image_too_large"),
    ]
    for name, picture, reason in sent:
        said = day.kiosk.show(student["card"], picture)
        nothing_kept = said.body["passage_id"] is None and said.body["attendance"] is None
        yield _ride(f"f {name}", student, "own", name, said, _is(said, "retry", reason) and nothing_kept)
        day.kiosk.send(credential=student["card"], face="declined")


def g_the_same_again(day: Day) -> Iterator[Ride]:
    """(g) The same capture twice gets the same answer; another body under its id is refused."""
    student = day.students["consented"]
    claim = day.kiosk.send(credential=student["card"]).claim
    fixed = {"capture_id": str(uuid4()), "captured_at": day.kiosk.now(), "claim": claim}
    first = day.kiosk.send([day.own_face], **fixed)
    yield _ride("g once", student, "own", "own", first, _is(first, "granted", "match"))
    second = day.kiosk.send([day.own_face], **fixed)
    yield _ride("g the same again", student, "own", "own", second, second.status == 200 and second.body == first.body)
    other = day.kiosk.send([day.other_face], **fixed)
    yield _ride("g another body", student, "own", "stranger's", other, other.status == 409, outcome="409")


def h_late(day: Day) -> Iterator[Ride]:
    """(h) The year group that is late since 08:30."""
    student = day.students["late"]
    said = day.kiosk.send(credential=student["card"])
    attendance = said.body["attendance"] or {}
    late = attendance.get("code") == "late" and 30 <= attendance["minutes_late"] <= 90
    told = f"{said.reason}, {attendance.get('minutes_late')} min late"
    yield _ride("h comes late", student, "own", "-", said, _is(said, "granted", "card") and late, reason=told)


def i_going_out(day: Day) -> Iterator[Ride]:
    """(i) The exit is always free, with a card and without."""
    student = day.students["late"]
    said = day.kiosk.send(credential=student["card"], direction="out")
    yield _ride("i goes out", student, "own", "-", said, _is(said, "granted", "exit_free"))
    said = day.kiosk.send(direction="out")
    yield _ride("i without a card", {"name": "somebody"}, "-", "-", said, _is(said, "granted", "exit_free"))


def e_withdrawal(day: Day) -> Iterator[Ride]:
    """(e) The parent withdraws on the web page: the very next passage compares nothing."""
    student = day.students["consented"]
    parent = day.visitor(student["guardian"])
    parent.withdraw(student["id"])
    said = day.kiosk.send([day.own_face], credential=student["card"])
    nothing = said.body["distance"] is None and said.body["timings_ms"]["extract"] is None
    yield _ride("e next passage", student, "own", "unasked", said, _is(said, "granted", "card") and nothing)
    parent.close()


RIDES: list[Callable[[Day], Iterator[Ride]]] = [
    families_answer,
    office_enrolls,
    a_own_face,
    b_other_face,
    j_face_declined,
    c_family_refused,
    d_no_card,
    f_bad_pictures,
    g_the_same_again,
    h_late,
    i_going_out,
    e_withdrawal,
]


def _is(said: Said, outcome: str, reason: str) -> bool:
    return said.status == 200 and (said.outcome, said.reason) == (outcome, reason)


def _ride(
    name: str, who: Student, card: str, face: str, said: Said, ok: bool, *, outcome: str = "", reason: str = ""
) -> Ride:
    distance = said.body.get("distance")
    return Ride(name, who["name"], card, face, outcome or said.outcome, reason or said.reason, distance, said.ms, ok)


def _page(name: str, who: Student, outcome: str, *, ok: bool, reason: str = "") -> Ride:
    return Ride(name, who["name"], "-", "-", outcome, reason, None, None, ok)
