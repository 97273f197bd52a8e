"""Whom and what an address is about, at one school: the ids that the table of addresses is asked with."""

from __future__ import annotations

import re
from uuid import uuid4

from django.db.models import Model

from campus import card_batches, registers
from campus.models import Role, User
from enrollment import assessments, disclosures, paper, requests
from enrollment.models import Receipt
from gates import kiosks
from gates.models import Gate
from tests.papers import SCAN
from tests.personas import AT, World

Ids = dict[str, str]


"""What an address is about -> its id."""


KINDS = (
    *("student", "register", "group", "batch", "gate", "kiosk", "receipt", "paper"),
    *("asked", "assessment", "disclosure"),
)


def ids_of(world: World) -> Ids:
    """Return a row of each kind at a school."""
    gate, _ = Gate.objects.get_or_create(school=world.school, name="Main gate")
    kiosk = gate.kiosks.first() or kiosks.install(gate=gate, name="Kiosk 1", by=None, at=AT)[0]
    made = card_batches.issue(group=world.on_time, anew=True, seen="", by=world.office, at=AT)
    assert made is not None
    slip = paper.Slip("refused", scan=SCAN)
    rows = {
        "student": world.willing.person,
        "register": registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0],
        "group": world.on_time,
        "batch": made[0],
        "gate": gate,
        "kiosk": kiosk,
        "paper": paper.record(
            student=world.unanswered.person, guardian=world.unanswered.parent, slip=slip, by=world.office, at=AT
        ),
        "guardian": world.willing.parent,
        "receipt": Receipt.objects.get(student=world.willing.person),
        "asked": requests.ask(
            student=world.willing.person,
            by=world.willing.parent,
            asked=requests.Asked("question", "Who reads this?"),
            at=AT,
        ),
    } | protection_rows(world)
    return {kind: str(row.pk) for kind, row in rows.items()}


def protection_rows(world: World) -> dict[str, Model]:
    """Return a row of each kind that the data protection officer's pages are about."""
    officer = User.objects.create_user()
    Role.objects.create(school=world.school, user=officer, kind=Role.Kind.PROTECTION_OFFICER)
    order = disclosures.Asked("police", "Police", AT.date(), "Everything.")
    disclosure = disclosures.record(school=world.school, asked=order, by=officer, at=AT)
    disclosures.attach(disclosure=disclosure, scan=b"%PDF-1.7", by=officer, at=AT)
    return {
        "assessment": assessments.write(school=world.school, words={}, by=officer, at=AT),
        "disclosure": disclosure,
    }


def address_of(route: str, ids: Ids) -> str:
    """Return an address about these rows, and about nobody's row of any other kind."""
    address = "/" + re.sub(r"<uuid:(\w+)>", lambda found: ids[str(found[1])], re.sub(r"\^.*\$", "campus/", route))
    return re.sub(r"<\w+:\w+>", str(uuid4()), address)
