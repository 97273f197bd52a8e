"""One row of every kind, so that a test can go through all the tables there are."""

from __future__ import annotations

from datetime import timedelta

from django.apps import apps
from django.db import connection
from django.db.models import Model

from campus import audit, card_batches, letters, lineage, outbox, restrictions
from campus.models import AttendanceMark, Closure, Role, User
from enrollment import (
    acceptance,
    attempts,
    calibration,
    consent,
    disclosures,
    exemptions,
    holds,
    look_alikes,
    paper,
    publishing,
    reminders,
    requests,
    sessions,
)
from enrollment.models import ChildAnswer, PaperAnswer, Permit, Purpose, Reference, Renewal
from enrollment.vault import log_head
from gates.models import Passage
from tests.drawn import enroll
from tests.gates.lane import Lane, make_lane
from tests.papers import SCAN
from tests.personas import World

OURS = ("campus", "enrollment", "gates", "vault")
PLUMBING = {"campus.Group_teachers", "campus.User_groups", "campus.User_user_permissions"}
"""Tables of many-to-many relations, which Django makes."""


def our_models() -> list[type[Model]]:
    """Return every model of the project, those that Django makes for relations included."""
    models = apps.get_models(include_auto_created=True)
    return sorted((model for model in models if model._meta.app_label in OURS), key=lambda model: model._meta.label)


def fill(world: World) -> Lane:
    """Put at least one row into every table of the project (but those for rights in Django's admin)."""
    lane, at = make_lane(world), world.at
    enroll(world.willing.person, operator=world.office, at=at)
    _look_alike(world)
    _destroy(world)
    lane.claim(world.willing)
    lane.passes(world.refusing, at=at)
    lane.tries(world.willing, distance=0.2, at=at)
    Closure.objects.create(school=world.school, date=at.date().replace(day=20), reason="Snow")
    outbox.owe("nothing", school=world.school, subject=world.willing.person.id, at=at)
    _sit(world)
    _answer_on_paper(world)
    lineage.begin(at)
    log_head.note(1, bytes(32))
    _stop(world)
    _accept(world)
    _tell(world)
    Renewal.objects.create(before_engine="drawn-0", now_engine="drawn-1", until=at + timedelta(days=7), seen_at=at)
    _ask(world)
    card_batches.issue(group=world.late, anew=True, seen="", by=world.office, at=at)
    assert Passage.objects.filter(reason="match").exists()
    assert AttendanceMark.objects.count() == 2
    assert User.objects.exists()
    audit.seal()
    return lane


def fingerprint() -> dict[str, str]:
    """Return what every table of ours holds, but for what a first look makes: reads, registers, that one was told."""
    made_by_looking = {"campus_auditevent", "campus_auditpayload", "campus_register", "enrollment_notification"}
    tables = {model._meta.db_table for model in our_models() if model._meta.app_label != "vault"} - made_by_looking
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            rows = f"SELECT (to_jsonb(t) - 'last_login')::text AS row FROM \"{table}\" t"
            cursor.execute(f"SELECT md5(coalesce(string_agg(row, '' ORDER BY row), '')) FROM ({rows}) AS rows")
            found[table] = cursor.fetchone()[0]
    return found


def _look_alike(world: World) -> None:
    """Have two enrolled students who look alike, and let Postgres count that now."""
    other = enroll(world.latecomer.person, operator=world.office, at=world.at)
    one = Reference.objects.get(student=world.willing.person)
    look_alikes.note(one, [other.id], by=world.office, at=world.at)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _destroy(world: World) -> None:
    """Have a family say yes after all, the face enrolled, and the yes taken back."""
    student, guardian, at = world.withdrawn.person, world.withdrawn.parent, world.at
    consent.give(student=student, guardian=guardian, notice=world.notice, at=at - timedelta(minutes=2))
    enroll(student, operator=world.office, at=at - timedelta(minutes=1))
    consent.withdraw(student=student, guardian=guardian, at=at)


def _sit(world: World) -> None:
    """Have a sitting up to its pictures."""
    student = world.willing.person
    session, reason = sessions.begin(
        student=student, operator=world.office, card=world.willing.card, came=False, at=world.at
    )
    assert session is not None, reason
    sessions.confirm(code=sessions.code_of(session), witness=world.teacher, at=world.at)
    assert sessions.answer(session=session, kind=ChildAnswer.Kind.YES, at=world.at)
    attempts.begin(student=student, operator=world.office, session=session, at=world.at)


def _stop(world: World) -> None:
    """Have a guardian say no on the telephone, another need not be told, and a court restrict contact."""
    one, other, office, at = world.latecomer, world.refusing, world.office, world.at
    holds.record_objection(student=one.person, guardian=one.parent, by=office, at=at)
    exemptions.record(student=other.person, guardian=other.parent, reason="Lives abroad", by=office, at=at)
    restrictions.record(student=other.person, guardian=other.parent, order="Family Court 12/2026", by=office, at=at)


def _accept(world: World) -> None:
    """Have the school accept what was not shown of an engine set that was measured with people."""
    officer = User.objects.create_user(f"protection@{world.school.slug}.example")
    Role.objects.create(school=world.school, user=officer, kind=Role.Kind.PROTECTION_OFFICER)
    measured = calibration.of_set("dlib")
    assert measured is not None
    read = acceptance.digest(measured)
    acceptance.accept(school=world.school, measured=measured, read=read, by=officer, at=world.at)


def _ask(world: World) -> None:
    """Have a family ask, and somebody outside with an order."""
    officer = User.objects.get(email=f"protection@{world.school.slug}.example")
    family, at = world.unanswered, world.at
    requests.ask(student=family.person, by=family.parent, asked=requests.Asked("question", "Who sees this?"), at=at)
    order = disclosures.Asked("police", "Police", at.date(), "Passages.", students=(family.person,))
    disclosure = disclosures.record(school=world.school, asked=order, by=officer, at=at)
    disclosures.attach(disclosure=disclosure, scan=b"%PDF-1.7", by=officer, at=at)


def _tell(world: World) -> None:
    """Have a notice that is being written, and a reminder that was sent."""
    draft = publishing.draft(world.school, Purpose.GATE_ACCESS, world.at)
    publishing.write(draft=draft, language="en", words={"purpose": "New."}, by=world.office, at=world.at)
    reminders.owe_all(Permit.objects.get(student=world.willing.person, live=True).expires_at - timedelta(days=7))


def _answer_on_paper(world: World) -> None:
    """Have a guardian's Yes come on paper, through two of the office."""
    pupil, at = world.unanswered, world.at
    colleague = User.objects.create_user(f"colleague@{world.school.slug}.example")
    Role.objects.create(school=world.school, user=colleague, kind=Role.Kind.OFFICE)
    code = letters.issue(guardian=pupil.parent, school=world.school, by=world.office, at=at)
    slip = paper.Slip("given", code, SCAN)
    typed = paper.record(student=pupil.person, guardian=pupil.parent, slip=slip, by=world.office, at=at)
    paper.look_at_scan(paper=typed, by=colleague, at=at)
    paper.confirm(paper=PaperAnswer.objects.get(id=typed.id), by=colleague, at=at)
