"""The school: people, cards, calendar, registers, presence, audit and what is still to be done."""

from campus.models.audit import AuditEvent, AuditPayload, AuditSeal
from campus.models.calendar import Closure, RegisterTime, Term
from campus.models.guardians import AddressChange, ContactRestriction, LetterCode, SignInAddress
from campus.models.outbox import Outbox
from campus.models.people import (
    CardBatch,
    Credential,
    Group,
    Guardianship,
    Membership,
    Person,
    Presence,
    Role,
    School,
    User,
)
from campus.models.registers import AttendanceMark, Register
from campus.models.tombstones import Lineage, Tombstone

__all__ = [
    "AddressChange",
    "AttendanceMark",
    "AuditEvent",
    "AuditPayload",
    "AuditSeal",
    "CardBatch",
    "Closure",
    "ContactRestriction",
    "Credential",
    "Group",
    "Guardianship",
    "LetterCode",
    "Lineage",
    "Membership",
    "Outbox",
    "Person",
    "Presence",
    "Register",
    "RegisterTime",
    "Role",
    "School",
    "SignInAddress",
    "Term",
    "Tombstone",
    "User",
]
