"""What may happen to a family, written into the database as the product writes it, for tests about consent."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from django.db.models import F

from campus import addresses, people
from campus.models import Guardianship, Person, SignInAddress, User
from enrollment import consent, permits, reviewing
from enrollment.models import (
    ConsentEvent,
    Exemption,
    Hold,
    ImpactAssessment,
    Notice,
    PaperAnswer,
    Permit,
    Purpose,
    Reference,
    Section,
    State,
)
from tests.personas import World, tell

DAY = timedelta(days=1)


def state(student: Person, at: datetime, purpose: str = Purpose.GATE_ACCESS) -> State:
    """Return where a student stands by the facts themselves."""
    return consent.status_of(Person.objects.get(id=student.id), purpose, at).state


def causes(student: Person, at: datetime, purpose: str = Purpose.GATE_ACCESS) -> tuple[str, ...]:
    """Return why a student's face isn't compared."""
    return consent.status_of(Person.objects.get(id=student.id), purpose, at).causes


def is_compared(student: Person, at: datetime) -> bool:
    """Tell whether a gate would compare: what the permit says, not the rule."""
    return permits.comparable(student.id, at) is not None


def is_held(student: Person) -> bool:
    """Tell whether a reference exists."""
    return Reference.objects.filter(student=student).exists()


def may_compare(student: Person, at: datetime) -> bool:
    """Tell whether the permit lets a reference be compared, whether there is one or not."""
    return Permit.objects.filter(permits.comparing(at), student=student).exists()


def other_parent(world: World, student: Person | None = None, *, capacity: str = "parent", told: bool = True) -> User:
    """Name a second guardian, a month ago, told then and with an address that is as old."""
    student, known = student or world.willing.person, world.at - 30 * DAY
    user = User.objects.create_user(name="Other")
    bond = people.name_guardian(student=student, guardian=user, at=known)
    Guardianship.objects.filter(id=bond.id).update(capacity=capacity)
    addresses.bind_known(guardian=user, email="other@families.example", at=known)
    if told:
        tell(student, user, at=known)
    consent.reconcile(student=student, at=world.at)
    return user


def own_sign_in(world: World, student: Person, *, born_on: date) -> User:
    """Let a student have a sign-in and a date of birth."""
    Person.objects.filter(id=student.id).update(born_on=born_on)
    student.refresh_from_db()
    return other_parent(world, student, capacity="student", told=False)


def publish(
    world: World, *, version: int = 2, purpose: str = Purpose.GATE_ACCESS, at: datetime | None = None, **other: object
) -> Notice:
    """Publish a notice: another version, or about another purpose."""
    notice = Notice.objects.create(
        school=world.school,
        purpose=purpose,
        version=version,
        language="en",
        words=dict.fromkeys(map(str, Section.values), "New."),
        child_body="New.",
        digest=hashlib.sha256(b"New.").digest(),
        published_at=at or world.at,
        **other,
    )
    reviewing.reconcile_school(school=world.school, at=at or world.at)
    return notice


def hold(
    world: World, student: Person, cause: str, *, guardian: User | None = None, at: datetime | None = None
) -> Hold:
    """Record what suspends."""
    made = Hold.objects.create(
        school=world.school,
        student=student,
        cause=cause,
        guardian=guardian,
        recorded_by=world.office,
        recorded_at=at or world.at,
    )
    consent.reconcile(student=student, at=made.recorded_at)
    return made


def decide(made: Hold, status: str, *, by: User, at: datetime) -> None:
    """Clear a hold, or confirm it."""
    why = "Looked into." if status == Hold.Status.CLEARED else ""
    Hold.objects.filter(id=made.id).update(status=status, decided_by=by, decided_at=at, reason=why)
    consent.reconcile(student=made.student, at=at)


def exempt(
    world: World, student: Person, guardian: User, *, second: User | None, at: datetime | None = None
) -> Exemption:
    """Say that a guardian need not be told; with a second person it is so."""
    at = at or world.at
    decided = {"status": "confirmed", "decided_by": second, "decided_at": at} if second else {}
    made = Exemption.objects.create(
        school=world.school,
        student=student,
        guardian=guardian,
        reason="Cannot be found.",
        recorded_by=world.office,
        recorded_at=at,
        **decided,
    )
    consent.reconcile(student=student, at=at)
    return made


def no_on_paper(world: World, student: Person, guardian: User) -> PaperAnswer:
    """Type in a No that a second person has still to look at."""
    made = PaperAnswer.objects.create(
        school=world.school,
        student=student,
        guardian=guardian,
        purpose=Purpose.GATE_ACCESS,
        kind=ConsentEvent.Kind.REFUSED,
        recorded_by=world.office,
        recorded_at=world.at,
    )
    consent.reconcile(student=student, at=world.at)
    return made


def new_address(guardian: User, *, at: datetime, confirmed: bool = True) -> SignInAddress:
    """Let a guardian's address have been changed just now."""
    SignInAddress.objects.filter(user=guardian, ended_at__isnull=True).update(ended_at=at)
    return SignInAddress.objects.create(
        user=guardian, email=guardian.email, how="paper", bound_at=at, confirmed_at=at if confirmed else None
    )


def end_assessment(world: World, *, at: datetime) -> None:
    """Take the approval of the school's assessment back."""
    approved = ImpactAssessment.objects.filter(school=world.school, status="approved")
    approved.update(status="revoked", revoked_by=F("approved_by"), revoked_at=at)
    reviewing.reconcile_school(school=world.school, at=at)
