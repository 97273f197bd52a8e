"""A guardian whom a court keeps from knowing where the child is learns no moment at which the child was at school."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail

from campus.models import ContactRestriction, Person
from enrollment import assent, consent, permits, receipts, reminders
from enrollment.models import Disclosure, DisclosureStudent, Erasure, Permit, Receipt, Reference
from tests.drawn import enroll
from tests.personas import AT, Pupil, SignIn, World

SAT = AT - timedelta(minutes=47)
"""The sitting: 08:43, and nothing else happens at that minute."""


@pytest.fixture
def pupil(world: World) -> Pupil:
    """One who sat at the desk, whose other parent a court keeps away since."""
    enroll(world.willing.person, operator=world.office, at=SAT)
    ContactRestriction.objects.create(
        school=world.school,
        student=world.willing.person,
        guardian=world.willing.parent,
        order="Family Court 12/2026",
        recorded_by=world.office,
        recorded_at=AT,
    )
    return world.willing


def everything(signed_in: SignIn, pupil: Pupil) -> dict[str, str]:
    """Return each page and file that a guardian can open about a child."""
    browser, home = signed_in(pupil.parent), f"/family/{pupil.person.id}/"
    found = {name: browser.get(home + name).content.decode() for name in ("", "reads/", "requests/", "receipt/")}
    for kind in ("html", "json"):
        found[kind] = browser.post(home + "download/", {"kind": kind}).content.decode()
    return found


def test_the_minute_of_the_sitting_stands_nowhere(world: World, pupil: Pupil, signed_in: SignIn) -> None:
    """LAW 30."""
    ContactRestriction.objects.update(ended_at=AT, ended_by=world.teacher)
    free = everything(signed_in, pupil)
    assert all("08:43" in free[name] for name in ("reads/", "html", "json")), "who isn't restricted reads it"
    ContactRestriction.objects.update(ended_at=None, ended_by=None)
    for name, words in everything(signed_in, pupil).items():
        assert "08:43" not in words, name
        assert "The child’s face was enrolled" not in words, name
    held = json.loads(everything(signed_in, pupil)["json"])
    assert held["face_templates"][0]["enrolled_at"] == "2026-03-04", "that there is a template is told"
    assert "own_answers" not in held


def test_the_minute_of_the_childs_no_stands_nowhere(world: World, pupil: Pupil, signed_in: SignIn) -> None:
    """LAW 6, 28: the receipt says that and why, and on which day."""
    said_no = AT - timedelta(minutes=11)
    assent.refuse(student=pupil.person, by=world.office, at=said_no)
    receipt = Receipt.objects.get(student=pupil.person, guardian=pupil.parent, destroyed=True)
    Erasure.objects.update(key_destroyed_at=AT)
    receipts.mail_to_guardian(receipt.id, at=AT)
    found = everything(signed_in, pupil) | {"mail": str(mail.outbox[-1].body)}
    assert "said no" in found["mail"]
    assert "destroyed" in found["mail"]
    for name, words in found.items():
        assert "09:19" not in words, name


def test_that_the_child_has_left_is_not_on_a_receipt_or_in_the_file(
    world: World, pupil: Pupil, signed_in: SignIn
) -> None:
    """LAW 28."""
    today = AT.date()
    Person.objects.filter(id=pupil.person.id).update(left_on=today)
    consent.reconcile(student=pupil.person, at=AT)
    receipt = Receipt.objects.get(student=pupil.person, guardian=pupil.parent, destroyed=True)
    assert receipt.cause == Receipt.Cause.LEFT
    assert "does not count any more" in receipts.why(receipt)
    held = json.loads(signed_in(pupil.parent).post(f"/family/{pupil.person.id}/download/", {"kind": "json"}).content)
    assert "left_on" not in held["student"][0]
    assert "cause" not in held["receipts"][-1]
    assert "state" not in held["consent_standings"][0]
    ContactRestriction.objects.update(ended_at=AT, ended_by=world.teacher)
    assert "no longer at this school" in receipts.why(receipt)


def test_that_the_child_has_left_is_on_none_of_the_pages(world: World, pupil: Pupil, signed_in: SignIn) -> None:
    """A court's order hides where the child is: there stands what stands where a yes doesn't count for the moment."""
    Person.objects.filter(id=pupil.person.id).update(left_on=AT.date())
    consent.reconcile(student=pupil.person, at=AT)
    browser = signed_in(pupil.parent)
    shown = everything(signed_in, pupil) | {"children": browser.get("/family/").content.decode()}
    answer = browser.get(f"/family/{pupil.person.id}/answer/", follow=True)
    shown["answer"] = answer.content.decode()
    for name, words in shown.items():
        assert "no longer at this school" not in words, name
        assert "has left" not in words, name
    assert "face is not used all the same." in shown[""]
    ContactRestriction.objects.update(ended_at=AT, ended_by=world.teacher)
    assert "no longer at this school" in everything(signed_in, pupil)[""]


def test_on_which_day_the_child_will_leave_is_told_nowhere(world: World, pupil: Pupil, signed_in: SignIn) -> None:
    """A court's order hides where the child is, and that is before the last day as well."""
    last = AT.date() + timedelta(days=20)
    Person.objects.filter(id=pupil.person.id).update(left_on=last)
    consent.reconcile(student=pupil.person, at=AT)
    permits.note_use(Reference.objects.get(student=pupil.person).id, on=AT.date() - timedelta(days=9))
    end = Permit.objects.get(student=pupil.person, live=True).expires_at.date()
    assert abs(end - last) <= timedelta(days=1)
    told = {day.isoformat() for day in (end, last, AT.date() - timedelta(days=9))}
    told |= {f"{day.day} {day:%B} {day.year}" for day in (end, last)}
    for name, words in everything(signed_in, pupil).items():
        assert not [day for day in told if day in words], name
    assert reminders.owe_all(AT) == 0
    ContactRestriction.objects.update(ended_at=AT, ended_by=world.teacher)
    free = everything(signed_in, pupil)
    assert f"{end.day} {end:%B} {end.year}" in free[""]
    assert end.isoformat() in free["json"]
    assert reminders.owe_all(AT) == 1


def test_where_an_order_looked_is_not_told(world: World, pupil: Pupil, signed_in: SignIn) -> None:
    """LAW 37."""
    known = {"asker": "court", "asked_by": "Court", "asked_on": AT.date(), "wish": "All", "scope": "Pine Street gate"}
    decided = {"status": "refused", "refused_why": "No.", "decided_by": world.office, "decided_at": AT, "told_at": AT}
    asked = Disclosure.objects.create(school=world.school, recorded_by=world.office, recorded_at=AT, **known, **decided)
    DisclosureStudent.objects.create(school=world.school, disclosure=asked, student=pupil.person)
    for words in everything(signed_in, pupil).values():
        assert "Pine Street" not in words
    ContactRestriction.objects.update(ended_at=AT, ended_by=world.teacher)
    assert "Pine Street" in everything(signed_in, pupil)["json"]
