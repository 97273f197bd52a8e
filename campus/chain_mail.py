"""Mails the audit chain's head to the data protection officers, once a local day: it can't be rewritten there.

Who holds the databases can write the whole log anew, and it holds in itself. It doesn't pass through the heads that
were mailed before (`manage.py verify_chain --anchor`).
"""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from campus import addresses, audit, calendar, clock, mail, outbox
from campus.models import Outbox, Role, School, User

MAIL_HEAD = "audit.mail_head"
"""The outbox's topic; its subject is the school's id, and each data protection officer gets a row."""


def owe_heads(at: datetime) -> int:
    """Owe each school's officers the day's head, unless that was done today; return how many mails that makes."""
    return sum(_owe(school, at) for school in School.objects.order_by("id")) if audit.head() else 0


@transaction.atomic
def _owe(school: School, at: datetime) -> int:
    School.objects.select_for_update().get(id=school.id)  # Or two workers could owe it at once.
    today = calendar.moment(school, calendar.local_date(school, at), time())
    if Outbox.objects.filter(topic=MAIL_HEAD, school=school, created_at__gte=today).exists():
        return 0
    officers = list(
        User.objects.filter(roles__school=school, roles__kind=Role.Kind.PROTECTION_OFFICER, is_active=True).exclude(
            email=""
        )
    )
    for officer in officers:
        outbox.owe(MAIL_HEAD, school=school, subject=school.id, to=officer, at=at)
    return len(officers)


@outbox.mails(MAIL_HEAD)
def send(school_id: UUID, officer: User) -> None:
    """Mail the head as it is now. Sent twice it tells two heads, of which each is as good."""
    school, head, at = School.objects.get(id=school_id), audit.head(), clock.now()
    if head is None:
        return
    context = {
        "school": school,
        "head": head,
        "link": head.link.hex(),
        "day": calendar.local_date(school, at),
        "time": calendar.local_time(school, at),
        "moment": at.isoformat(timespec="seconds"),
        "command": f"manage.py verify_chain --anchor {head}",
    }
    mail.send("chain_head", to=officer.email, language=addresses.language_of(officer), context=context)
    audit.record("chain.head_mailed", school=school, subject=None, actor=None, at=at, number=head.number, to=officer.id)
