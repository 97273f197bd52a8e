"""Each kind of end comes again in a database that has forgotten it: here a transaction taken back stands for a dump."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import Settings

from campus import addresses, card_batches, cards, outbox, people, replaying, staff, tombstones
from campus.models import ContactRestriction, Credential, Guardianship, Role, SignInAddress, Tombstone, User
from enrollment import assent, bonds, consent, erasure, paper
from enrollment import tombstones as enrollment_tombstones
from enrollment.models import ChildAnswer, ConsentEvent, Exemption, Hold, PaperAnswer, Permit, Receipt, Reference
from gates import kiosks
from gates.models import Kiosk
from running.places import PROJECT
from tests.drawn import enroll
from tests.gates.lane import make_lane
from tests.personas import World

LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def log(world: World, tmp_path: Path, settings: Settings) -> Path:
    """A log of the test's own, beside databases that nothing has left yet."""
    Tombstone.objects.all().delete()
    settings.TOMBSTONES_FILE = tmp_path / "tombstones.jsonl"
    replaying.replay(world.at)
    return Path(settings.TOMBSTONES_FILE)


@contextmanager
def forgotten(world: World) -> Iterator[None]:
    """Let what happens inside be known to the log alone, then replay it."""
    before = transaction.savepoint()
    yield
    while outbox.settle(at=world.at + LATER):
        pass
    transaction.savepoint_rollback(before)
    assert tombstones.trouble()
    assert replaying.replay(world.at + LATER) is not None
    assert tombstones.trouble() == ""


def owed_in_the_code() -> set[str]:
    """Return every kind of tombstone that some line of the project owes."""
    found = set()
    for folder in ("campus", "enrollment", "gates"):
        for path in (PROJECT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("tombstones.owe", "owe"):
                    assert isinstance(node.args[0], ast.Constant), f"{path.name} owes a kind that nobody can read"
                    found.add(str(node.args[0].value))
    return found


def test_whatever_is_owed_to_the_log_can_be_replayed() -> None:
    """LAW 26."""
    assert owed_in_the_code() == replaying.kinds()
    assert len(replaying.kinds()) >= 10


@pytest.mark.parametrize("end", [consent.withdraw, consent.refuse], ids=["withdrawn", "refused"])
def test_a_withdrawal_or_refusal_stands_again_with_its_own_moment(world: World, end: Callable[..., object]) -> None:
    """LAW 26, LAW 8."""
    pupil = world.willing
    enroll(pupil.person, operator=world.office, at=world.at)
    notice = {"notice": None} if end is consent.refuse else {}
    with forgotten(world):
        end(student=pupil.person, guardian=pupil.parent, at=world.at + timedelta(minutes=7), **notice)
    said = consent.standing_answer(pupil.person, pupil.parent)
    assert said is not None
    assert (said.kind != ConsentEvent.Kind.GIVEN, said.at) == (True, world.at + timedelta(minutes=7))
    assert not Permit.objects.filter(student=pupil.person, live=True).exists()
    assert not Reference.objects.exists()


def test_a_yes_after_a_no_is_asked_for_again(world: World) -> None:
    """The log has no Yes: none of its lines can make anybody comparable."""
    pupil = world.willing
    with forgotten(world):
        consent.withdraw(student=pupil.person, guardian=pupil.parent, at=world.at)
        consent.give(student=pupil.person, guardian=pupil.parent, notice=world.notice, at=world.at + LATER)
    assert not Permit.objects.filter(student=pupil.person, live=True).exists()


def test_the_childs_own_no_stands_again(world: World) -> None:
    """LAW 26, LAW 6."""
    with forgotten(world):
        assent.refuse(student=world.willing.person, by=world.office, at=world.at)
    last = ChildAnswer.objects.filter(student=world.willing.person).latest("id")
    assert (last.kind, last.at) == (ChildAnswer.Kind.NO, world.at)
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()


def test_a_no_on_paper_waits_again_and_stops_comparing(world: World) -> None:
    """LAW 26."""
    pupil = world.willing
    enroll(pupil.person, operator=world.office, at=world.at)
    with forgotten(world):
        paper.record(
            student=pupil.person,
            guardian=pupil.parent,
            slip=paper.Slip(kind="refused", code=""),
            by=world.office,
            at=world.at,
        )
    slip = PaperAnswer.objects.get()
    assert (slip.status, slip.kind, slip.recorded_by) == ("waiting", "refused", world.office)
    assert not Permit.objects.get(student=pupil.person, live=True).compare


def test_a_no_on_paper_that_was_dropped_stops_nothing(world: World, colleague: User) -> None:
    pupil = world.willing
    with forgotten(world):
        slip = paper.record(
            student=pupil.person,
            guardian=pupil.parent,
            slip=paper.Slip(kind="refused", code=""),
            by=world.office,
            at=world.at,
        )
        paper.drop(paper=slip, by=colleague, at=world.at, reason="Of another child")
    assert PaperAnswer.objects.get().status == "dropped"
    assert Permit.objects.get(student=pupil.person, live=True).compare


def test_an_old_reference_does_not_come_back_in_place_of_the_new_one(world: World) -> None:
    """LAW 26. The new one and its key are lost; the family still says yes and hears that it may enrol again."""
    pupil = world.willing
    enroll(pupil.person, operator=world.office, at=world.at)
    with forgotten(world):
        enroll(pupil.person, operator=world.office, at=world.at + timedelta(minutes=5), face=8)
    assert not Reference.objects.exists()
    assert Permit.objects.filter(student=pupil.person, live=True).exists()
    assert list(pupil.person.receipts.filter(destroyed=True).values_list("cause", flat=True)) == ["restore"]


def test_who_said_no_is_not_told_that_they_may_enrol_again(world: World) -> None:
    pupil = world.willing
    enroll(pupil.person, operator=world.office, at=world.at)
    with forgotten(world):
        consent.withdraw(student=pupil.person, guardian=pupil.parent, at=world.at)
    assert Receipt.Cause.RESTORE not in pupil.person.receipts.values_list("cause", flat=True)
    assert not Reference.objects.exists()


def test_a_revoked_card_stays_revoked_and_a_revived_one_good(world: World) -> None:
    """LAW 26."""
    revoked, revived = world.refusing.person, world.late
    before = Credential.objects.get(person=world.latecomer.person)
    with forgotten(world):
        cards.revoke(person=revoked, by=world.office, at=world.at)
        made = card_batches.issue(group=revived, anew=True, seen="", by=world.office, at=world.at)
        assert made is not None
        card_batches.undo(batch=made[0], by=world.office, at=world.at)
    assert not Credential.objects.filter(person=revoked, revoked_at__isnull=True).exists()
    assert Credential.objects.get(person=world.latecomer.person, revoked_at__isnull=True) == before


def test_a_revoked_kiosk_and_an_old_key_open_nothing(world: World) -> None:
    """LAW 26, LAW 41."""
    lane = make_lane(world)
    other, old_key = kiosks.install(gate=lane.gate, name="Other", by=world.office, at=world.at)
    with forgotten(world):
        kiosks.revoke(kiosk=lane.kiosk, by=world.office, at=world.at)
        kiosks.new_key(kiosk=other, by=world.office, at=world.at)
    assert kiosks.with_key(lane.key) is None
    assert kiosks.with_key(old_key) is None
    assert not Kiosk.objects.get(id=other.id).revoked_at


def test_a_removed_guardian_stays_removed_and_the_yes_with_them(world: World) -> None:
    """LAW 26."""
    bond = Guardianship.objects.get(student=world.willing.person)
    with forgotten(world):
        bonds.end_guardianship(bond=bond, by=world.office, at=world.at)
    bond.refresh_from_db()
    assert bond.ended_at == world.at
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()


def test_a_guardian_who_came_and_said_no_after_the_dump_is_put_back_to_lift_it(world: World) -> None:
    """LAW 26, LAW 5."""
    with forgotten(world):
        father = User.objects.create_user(name="Father")
        people.name_guardian(student=world.willing.person, guardian=father, at=world.at)
        consent.refuse(student=world.willing.person, guardian=father, notice=None, at=world.at)
    put_back = User.objects.get(id=father.id)
    assert put_back.email == ""
    assert "Father" not in put_back.name  # The log has no names.
    assert people.is_guardian(put_back, world.willing.person)
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()
    assert User.objects.create_user(name="Next").id > father.id


def test_an_address_that_was_changed_signs_nobody_in(world: World) -> None:
    """LAW 26."""
    parent, old = world.willing.parent, world.willing.parent.email
    with forgotten(world):
        addresses.change_from_old(guardian=parent, email="new@families.example", at=world.at)
    assert not User.objects.filter(email=old).exists()
    assert not SignInAddress.objects.filter(user=parent, ended_at__isnull=True).exists()


def test_a_spoken_no_and_a_court_query_stop_comparing_again(world: World) -> None:
    """LAW 26."""
    about = {"school": world.school, "student": world.willing.person, "recorded_at": world.at}
    with forgotten(world):
        father = User.objects.create_user(name="Father")
        for cause, guardian in (("verbal_objection", father), ("court_query", None)):
            enrollment_tombstones.of_hold(
                Hold.objects.create(cause=cause, guardian=guardian, recorded_by=world.office, **about)
            )
    assert set(Hold.objects.values_list("cause", "guardian", "status", "recorded_at")) == {
        ("verbal_objection", father.id, "standing", world.at),
        ("court_query", None, "standing", world.at),
    }


def test_an_exemption_that_ended_exempts_nobody(world: World, colleague: User) -> None:
    """LAW 26, LAW 2."""
    exemption = Exemption.objects.create(
        school=world.school,
        student=world.willing.person,
        guardian=world.willing.parent,
        reason="Not found",
        status=Exemption.Status.CONFIRMED,
        recorded_by=world.office,
        recorded_at=world.at,
        decided_by=colleague,
        decided_at=world.at,
    )
    with forgotten(world):
        exemption.status, exemption.ended_at = Exemption.Status.ENDED, world.at
        exemption.save()
        enrollment_tombstones.of_exemption(exemption)
    assert Exemption.objects.get().status == Exemption.Status.ENDED


@pytest.mark.parametrize("ended", [False, True])
def test_a_court_order_hides_a_child_again_until_it_was_ended(world: World, colleague: User, ended: bool) -> None:
    """LAW 26, LAW 31."""
    with forgotten(world):
        restriction = ContactRestriction.objects.create(
            school=world.school,
            student=world.willing.person,
            guardian=world.willing.parent,
            order="Family Court 12/26",
            recorded_by=world.office,
            recorded_at=world.at,
        )
        tombstones.of_restriction(restriction)
        if ended:
            restriction.ended_by, restriction.ended_at = colleague, world.at + LATER
            restriction.save()
            tombstones.of_restriction(restriction)
    found = ContactRestriction.objects.get()
    assert (found.id, found.ended_at is not None) == (restriction.id, ended)
    assert "Family Court" not in found.order  # The log has no words.


def test_a_role_that_was_taken_stays_taken(world: World) -> None:
    """LAW 26."""
    role = Role.objects.get(user=world.teacher)
    with forgotten(world):
        staff.take_role(role=role, by=None, at=world.at)
    assert not Role.objects.filter(user=world.teacher).exists()


def test_what_came_after_the_dump_and_ended_again_needs_nothing(world: World, colleague: User) -> None:
    """A student, a card, a kiosk and a sheet of paper of which the restored database has never heard."""
    lane = make_lane(world)
    with forgotten(world):
        student = people.admit(
            school=world.school, name="Newcomer", kind=world.willing.person.Kind.STUDENT, number="n", at=world.at
        )
        people.name_guardian(student=student, guardian=world.willing.parent, at=world.at)
        consent.give(student=student, guardian=world.willing.parent, notice=world.notice, at=world.at)
        assent.refuse(student=student, by=world.office, at=world.at)
        slip = paper.record(
            student=student,
            guardian=world.willing.parent,
            slip=paper.Slip(kind="refused", code=""),
            by=world.office,
            at=world.at,
        )
        paper.drop(paper=slip, by=colleague, at=world.at, reason="Of another child")
        consent.withdraw(student=student, guardian=world.willing.parent, at=world.at)
        cards.issue(person=student, by=world.office, at=world.at)
        cards.revoke(person=student, by=world.office, at=world.at)
        kiosks.revoke(
            kiosk=kiosks.install(gate=lane.gate, name="New", by=None, at=world.at)[0], by=world.office, at=world.at
        )
        bonds.end_guardianship(
            bond=Guardianship.objects.get(student=student), by=world.office, at=world.at + timedelta(minutes=1)
        )
    assert not Reference.objects.exists()
    assert erasure.destroy_references(world.willing.person, world.at) == 0
