"""The chain's head goes out by mail each day: with it a log that was rewritten or cut is found, though it holds."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError

from campus import audit, chain_mail, outbox
from campus.audit import Anchor
from campus.celery import app
from campus.models import AuditEvent, AuditSeal, Outbox, Role, School, User
from tests.campus.test_audit import as_a_superuser_who_switched_triggers_off
from tests.personas import World


def seal_all() -> Anchor:
    while audit.seal():
        pass
    head = audit.head()
    assert head is not None
    return head


@pytest.fixture
def officer(world: World) -> User:
    """The school's data protection officer."""
    user = User.objects.create_user("protection@hillside.example", name="Officer")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.PROTECTION_OFFICER)
    return user


@pytest.fixture
def anchor(world: World) -> Anchor:
    """The head after the world's events, as it was mailed; more has happened since."""
    mailed = seal_all()
    for minute in range(3):
        audit.record(
            "test.done", school=world.school, subject=None, actor=None, at=world.at + timedelta(minutes=minute)
        )
    seal_all()
    return mailed


def verify(*anchors: object) -> str:
    """Run the command with these anchors and return what it says; raises where it finds something."""
    said, told = StringIO(), StringIO()
    try:
        call_command("verify_chain", anchor=[str(one) for one in anchors], stdout=said, stderr=told)
    except CommandError as error:
        raise CommandError(f"{error}: {told.getvalue()}") from error
    return said.getvalue()


def rewrite_history() -> None:
    """Change an early event and make the whole chain anew, as somebody who holds the database can."""
    first = AuditSeal.objects.order_by("number")[0]
    with as_a_superuser_who_switched_triggers_off() as cursor:
        cursor.execute("UPDATE campus_auditevent SET kind = 'nothing' WHERE id = %s", [first.event_id])
        cursor.execute("DELETE FROM campus_auditseal")
    seal_all()


def cut_the_tail(after: int) -> None:
    """Take the seals after a place away, with their events."""
    gone = list(AuditSeal.objects.filter(number__gt=after).values_list("event_id", flat=True))
    with as_a_superuser_who_switched_triggers_off() as cursor:
        cursor.execute("DELETE FROM campus_auditseal WHERE number > %s", [after])
        cursor.execute("DELETE FROM campus_auditpayload WHERE event_id = ANY(%s)", [gone])
        cursor.execute("DELETE FROM campus_auditevent WHERE id = ANY(%s)", [gone])


def test_a_log_that_nobody_touched_passes_through_its_anchor(anchor: Anchor) -> None:
    """LAW 35."""
    assert "the chain holds, and passes through 1 anchors" in verify(anchor)


def test_history_that_was_rewritten_whole_holds_and_is_found_by_the_anchor(anchor: Anchor) -> None:
    """LAW 35."""
    rewrite_history()
    assert "the chain holds" in verify()
    with pytest.raises(CommandError, match=f"1 flaws: seal {anchor.number}: rewritten since the anchor"):
        verify(anchor)


def test_a_tail_that_was_cut_holds_and_is_found_by_the_anchor(anchor: Anchor) -> None:
    """LAW 35."""
    cut_the_tail(anchor.number - 1)
    assert "the chain holds" in verify()
    with pytest.raises(CommandError, match=f"1 flaws: seal {anchor.number}: cut off since the anchor"):
        verify(anchor)


def test_what_came_after_the_anchor_is_not_vouched_for_by_it(anchor: Anchor) -> None:
    cut_the_tail(anchor.number)
    assert "the chain holds" in verify(anchor)


def test_a_cut_tail_that_grew_again_is_found(world: World, anchor: Anchor) -> None:
    """LAW 35."""
    cut_the_tail(anchor.number - 1)
    for _ in range(3):
        audit.record("test.else", school=world.school, subject=None, actor=None, at=world.at + timedelta(hours=1))
    seal_all()
    with pytest.raises(CommandError, match="rewritten since the anchor"):
        verify(anchor)


@pytest.mark.parametrize("said", ["", "12", "12:abc", "0:" + "0" * 64, "no/such/file", "12:" + "0" * 65])
def test_what_is_no_anchor_is_refused(anchor: Anchor, said: str) -> None:
    with pytest.raises(CommandError, match="neither NUMBER:HASH nor a file"):
        verify(said)


# ------------------------------------------------------------ the mail


def test_the_head_is_mailed_once_a_local_day_and_the_mail_itself_is_an_anchor(
    world: World, officer: User, tmp_path: Path
) -> None:
    """LAW 35."""
    School.objects.update(timezone="Asia/Hong_Kong")  # Where it is half past five in the afternoon.
    head = seal_all()
    assert chain_mail.owe_heads(world.at) == 1
    assert chain_mail.owe_heads(world.at + timedelta(hours=6, minutes=29)) == 0
    outbox.settle(at=world.at)
    (letter,) = mail.outbox
    assert letter.to == [officer.email]
    assert letter.subject == f"Audit log: place {head.number}"
    assert f"\nmanage.py verify_chain --anchor {head}\n" in f"{letter.body}\n"
    assert "2026-03-04T09:30:00+00:00" in letter.body
    assert "4 March 2026 at 17:30" in letter.body
    assert isinstance(letter, mail.EmailMultiAlternatives)
    assert str(head) in str(letter.alternatives[0][0])
    assert AuditEvent.objects.get(kind="chain.head_mailed").payload.body == {"number": head.number, "to": officer.id}
    saved = tmp_path / "march.eml"
    saved.write_bytes(letter.message().as_bytes())
    assert "passes through" in verify(saved)
    rewrite_history()
    with pytest.raises(CommandError, match="rewritten since the anchor"):
        verify(saved)
    assert chain_mail.owe_heads(world.at + timedelta(hours=6, minutes=30)) == 1


def test_only_protection_officers_of_the_school_get_it(world: World, officer: User) -> None:
    other = School.objects.create(slug="other", name="Other", timezone="UTC")
    there = User.objects.create_user("protection@other.example")
    Role.objects.create(school=other, user=there, kind=Role.Kind.PROTECTION_OFFICER)
    seal_all()
    assert chain_mail.owe_heads(world.at) == 2
    owed = Outbox.objects.filter(topic=chain_mail.MAIL_HEAD).values_list("school", "recipient")
    assert set(owed) == {(world.school.id, officer.id), (other.id, there.id)}


def test_nothing_is_mailed_of_an_empty_log(world: World, officer: User) -> None:
    assert chain_mail.owe_heads(world.at) == 0


def test_somebody_asks_every_ten_minutes_whether_the_day_has_begun() -> None:
    assert "campus.mail_chain_heads" in [entry["task"] for entry in app.conf.beat_schedule.values()]
