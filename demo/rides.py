"""The rides: people passing the demo school's gate, over HTTP, exactly as a kiosk, a parent and an office do it.

Each ride is also a test (`tests/stack/test_rides.py`). They are ridden in this order, because the first needs a consent
and an enrolment, and after the withdrawal there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from demo import families, pictures
from demo.day import Day, Ride, at_gate, is_told, on_page


def run(
    base_url: str, seed: Mapping[str, Any], mail: Path, portraits: Path, *, shift: timedelta = timedelta(0)
) -> list[Ride]:
    """Ride them all, in order."""
    day = Day(base_url, seed, mail, portraits, shift)
    return [row for ride in RIDES for row in ride(day)]


def office_enrolls(day: Day) -> Iterator[Ride]:
    """The office enrols the child whose family said yes: with the card, a witness, and the child's own yes."""
    student = day.students["consented"]
    office, witness = day.visitor(day.office), day.visitor(day.witness)
    photographs = pictures.enrollment_set(day.portraits, "obama")
    said = office.enroll(student["id"], photographs, card=student["card"], witness=witness)
    witness.close()
    office.close()
    yield on_page(
        "office enrols", student, str(said["state"]), ok=said["state"] == "enrolled", reason=str(said["reason"])
    )


def a_own_face(day: Day) -> Iterator[Ride]:
    """(a) A consented student with their own card and face, in another photo than those enrolled."""
    student = day.students["consented"]
    asked = day.kiosk.send(credential=student["card"])
    yield at_gate("a shows the card", student, "own", "-", asked, asked.outcome == "look" and bool(asked.claim))
    seen = day.kiosk.send([day.own_face], claim=asked.claim)
    on_time = (seen.body.get("attendance") or {}).get("code") == "present"
    yield at_gate("a looks", student, "own", "own", seen, is_told(seen, "granted", "match") and on_time)


def b_other_face(day: Day) -> Iterator[Ride]:
    """(b) The same card with somebody else's face: denied three times, then the card is asked for."""
    student = day.students["consented"]
    claim = day.kiosk.send(credential=student["card"]).claim
    for number in (1, 2, 3):
        seen = day.kiosk.send([day.other_face], claim=claim)
        claim = seen.claim
        right = is_told(seen, "denied", "no_match") and bool(claim) == (number < 3) and seen.body["person"] is None
        yield at_gate(f"b try {number}", student, "own", "stranger's", seen, right)
    again = day.kiosk.send(credential=student["card"])
    yield at_gate("b the card again", student, "own", "-", again, is_told(again, "use_card", "tries_spent"))


def j_face_declined(day: Day) -> Iterator[Ride]:
    """(j) The card alone, because the face was declined; right after a non-match, the reason says so."""
    student = day.students["consented"]
    said = day.kiosk.send(credential=student["card"], face="declined")
    yield at_gate(
        "j declines the camera", student, "own", "declined", said, is_told(said, "granted", "card_after_no_match")
    )


def c_family_refused(day: Day) -> Iterator[Ride]:
    """(c) A student whose family said no: the same lane by card; a picture sent all the same is not looked at."""
    student = day.students["refused"]
    said = day.kiosk.send(credential=student["card"])
    yield at_gate("c shows the card", student, "own", "-", said, is_told(said, "granted", "card"))
    said = day.kiosk.send([day.other_face], credential=student["card"])
    unread = said.body["timings_ms"]["extract"] is None and said.body["distance"] is None
    yield at_gate("c and a picture", student, "own", "unasked", said, is_told(said, "granted", "card") and unread)
    silent = day.students["silent"]
    said = day.kiosk.send(credential=silent["card"])
    yield at_gate("c a silent family", silent, "own", "-", said, is_told(said, "granted", "card"))


def d_no_card(day: Day) -> Iterator[Ride]:
    """(d) A picture without a card: nobody is looked for."""
    said = day.kiosk.send([day.own_face])
    yield at_gate("d only a picture", {"name": "somebody"}, "-", "unasked", said, is_told(said, "use_card", "no_card"))


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
        yield at_gate(f"f {name}", student, "own", name, said, is_told(said, "retry", reason) and nothing_kept)
        day.kiosk.send(credential=student["card"], face="declined")


def g_the_same_again(day: Day) -> Iterator[Ride]:
    """(g) The same capture twice gets the same answer; another body under its id is refused."""
    student = day.students["consented"]
    claim = day.kiosk.send(credential=student["card"]).claim
    fixed = {"capture_id": str(uuid4()), "captured_at": day.kiosk.now(), "claim": claim}
    first = day.kiosk.send([day.own_face], **fixed)
    yield at_gate("g once", student, "own", "own", first, is_told(first, "granted", "match"))
    second = day.kiosk.send([day.own_face], **fixed)
    yield at_gate("g the same again", student, "own", "own", second, second.status == 200 and second.body == first.body)
    other = day.kiosk.send([day.other_face], **fixed)
    yield at_gate("g another body", student, "own", "stranger's", other, other.status == 409, outcome="409")


def h_late(day: Day) -> Iterator[Ride]:
    """(h) The year group that is late since 08:30."""
    student = day.students["late"]
    said = day.kiosk.send(credential=student["card"])
    attendance = said.body["attendance"] or {}
    # The school was made between nine and ten (`gates.demo_school`); the others come before they are late at half past.
    late = attendance.get("code") == "late" and 30 <= attendance["minutes_late"] <= 120
    told = f"{said.reason}, {attendance.get('minutes_late')} min late"
    yield at_gate("h comes late", student, "own", "-", said, is_told(said, "granted", "card") and late, reason=told)


def i_going_out(day: Day) -> Iterator[Ride]:
    """(i) The exit is always free, with a card and without."""
    student = day.students["late"]
    said = day.kiosk.send(credential=student["card"], direction="out")
    yield at_gate("i goes out", student, "own", "-", said, is_told(said, "granted", "exit_free"))
    said = day.kiosk.send(direction="out")
    yield at_gate("i without a card", {"name": "somebody"}, "-", "-", said, is_told(said, "granted", "exit_free"))


RIDES: list[Callable[[Day], Iterator[Ride]]] = [
    families.families_answer,
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
    families.k_download,
    families.e_withdrawal,
    families.l_two_guardians,
    families.m_receipt,
]
