"""Supervised sittings: who opens one, who witnesses it, what the student answers, and when pictures are taken.

The way is `WAITING -> WITNESSED -> ASSENTED -> ENROLLED`, and at any moment `DECLINED` or `STOPPED`. Each step is
a compare-and-swap, so of two clicks one counts. What the witness types and what the page sends with the pictures
is derived from the row and the secret key: shown again after a reload, and stored nowhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.crypto import constant_time_compare, salted_hmac

from campus import audit, cards, people, presence
from campus.models import Credential, Person, Role, User
from enrollment import acceptance, assent, consent, engine_sets
from enrollment.models import ChildAnswer, EnrollmentSession

WITNESS_HAS = timedelta(minutes=5)
LASTS = timedelta(minutes=2)
MOST_TRIES = 3

State = EnrollmentSession.State
LIVE = (State.WAITING, State.WITNESSED, State.ASSENTED)
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels and no Y: a code spells nothing and can't be misread."""


def refusal(student: Person, staff: User, at: datetime) -> str:
    """Return why this member of staff can't sit with this student now, or an empty string."""
    if people.is_own_child(staff, student):
        return "own_child"
    if not consent.may_be_asked(student, at):
        return "no_consent"
    measured = engine_sets.current()
    if measured is None:
        return "not_calibrated"
    return "" if acceptance.is_given(student.school, measured) else "not_accepted"


@transaction.atomic
def begin(
    *, student: Person, operator: User, card: str, came: bool, at: datetime
) -> tuple[EnrollmentSession | None, str]:
    """Open a sitting with the student's own card; return it, or None and the reason.

    A student who said no before is asked again only who `came` to say so. A sitting of the same student that was
    still open is stopped.
    """
    presence.lock(student.id)
    credential, reason = _card_of(student, card)
    last = assent.last_answer(student)
    if last is not None and last.kind == ChildAnswer.Kind.NO and not came:
        reason = "child_said_no"
    reason = refusal(student, operator, at) or reason
    if reason or credential is None:
        _record("not_opened", student, operator, at, reason=reason)
        return None, reason
    EnrollmentSession.objects.filter(student=student, state__in=LIVE).update(state=State.STOPPED)
    session = EnrollmentSession(
        school=student.school, student=student, credential=credential, operator=operator, opened_at=at
    )
    session.expires_at, session.code_digest = at + WITNESS_HAS, _digest(code_of(session))
    session.save(force_insert=True)
    _record("opened", student, operator, at, session=str(session.id), card=str(credential.id), came=came)
    return session, ""


@transaction.atomic
def confirm(*, code: str, witness: User, at: datetime) -> tuple[EnrollmentSession | None, str]:
    """Let another member of staff of the school witness the sitting behind a code; its two minutes begin.

    The same witness's second click finds the sitting witnessed, and changes nothing.
    """
    schools = Role.objects.filter(user=witness).values("school")
    live = EnrollmentSession.objects.select_related("student__school", "operator").filter(
        code_digest=_digest(code), state__in=LIVE, expires_at__gt=at, school__in=schools
    )
    session = live.filter(Q(state=State.WAITING) | Q(witness=witness)).first()
    if session is None:
        return None, "no_such_code"
    if session.witness_id is not None:
        return session, ""
    reason = "own_sitting" if witness == session.operator else ""
    reason = reason or ("own_child" if people.is_own_child(witness, session.student) else "")
    waiting = EnrollmentSession.objects.filter(id=session.id, state=State.WAITING)
    if not reason and not waiting.update(state=State.WITNESSED, witness=witness, expires_at=at + LASTS):
        reason = "no_such_code"
    kind = "not_witnessed" if reason else "witnessed"
    _record(kind, session.student, witness, at, session=str(session.id), reason=reason)
    return (None if reason else session), reason


@transaction.atomic
def answer(*, session: EnrollmentSession, kind: ChildAnswer.Kind, at: datetime) -> bool:
    """Take the student's answer and tell whether it stands. A No may follow a Yes; a second click changes nothing."""
    presence.lock(session.student_id)
    says_yes = kind == ChildAnswer.Kind.YES
    live = EnrollmentSession.objects.filter(id=session.id, expires_at__gt=at)
    if says_yes and live.filter(state=State.ASSENTED).exists():
        return True
    asked = live.filter(state=State.WITNESSED) if says_yes else live.filter(state__in=(State.WITNESSED, State.ASSENTED))
    if not asked.update(state=State.ASSENTED if says_yes else State.DECLINED):
        return False
    assent.record(student=session.student, kind=kind, by=session.operator, at=at, session=session)
    return True


def take(*, session: EnrollmentSession, nonce: str, at: datetime) -> bool:
    """Use the sitting's nonce up for one burst of pictures, and tell whether it was good."""
    if not constant_time_compare(nonce, nonce_of(session)):
        return False
    ready = EnrollmentSession.objects.filter(
        id=session.id, state=State.ASSENTED, tries=session.tries, tries__lt=MOST_TRIES, expires_at__gt=at
    )
    return bool(ready.update(tries=F("tries") + 1))


def enrolled(session: EnrollmentSession) -> bool:
    """End a sitting that has reached its aim."""
    return bool(EnrollmentSession.objects.filter(id=session.id, state=State.ASSENTED).update(state=State.ENROLLED))


def stop_expired(at: datetime) -> int:
    """Stop the sittings whose time is over; return how many."""
    return EnrollmentSession.objects.filter(state__in=LIVE, expires_at__lte=at).update(state=State.STOPPED)


def live(student: Person, operator: User, at: datetime) -> EnrollmentSession | None:
    """Return the sitting that this operator has open with this student."""
    return (
        EnrollmentSession.objects.select_related("student__school", "operator", "witness")
        .filter(student=student, operator=operator, state__in=LIVE, expires_at__gt=at)
        .first()
    )


def code_of(session: EnrollmentSession) -> str:
    """Return what the operator's screen shows and the witness types, as `BCDF-GHJK`."""
    number = int.from_bytes(salted_hmac("enrollment.session.code", str(session.id), algorithm="sha256").digest())
    letters = ""
    while len(letters) < 8:
        number, place = divmod(number, len(CODE_LETTERS))
        letters += CODE_LETTERS[place]
    return f"{letters[:4]}-{letters[4:]}"


def nonce_of(session: EnrollmentSession) -> str:
    """Return what the page sends with the next burst of pictures, and with no other."""
    bound = f"{session.id}|{session.student_id}|{session.operator_id}|{session.tries}"
    return salted_hmac("enrollment.session.nonce", bound, algorithm="sha256").hexdigest()


def _digest(code: str) -> bytes:
    typed = "".join(letter for letter in code.upper() if letter in CODE_LETTERS)
    return salted_hmac("enrollment.session.code-digest", typed, algorithm="sha256").digest()


def _card_of(student: Person, text: str) -> tuple[Credential | None, str]:
    """Return the credential that was shown if it is this student's live card, or None and the reason."""
    try:
        credential = cards.find(cards.parse(text))
    except cards.NotACard:
        return None, "not_a_card"
    if credential is None or credential.person_id != student.id or credential.revoked_at is not None:
        return None, "not_their_card"
    return credential, ""


def _record(what: str, student: Person, actor: User, at: datetime, **body: str | bool) -> None:
    audit.record(f"sitting.{what}", school=student.school, subject=student.id, actor=actor, at=at, **body)
