"""Card format v1, and the cards people hold.

A card's string is `CG1`, a 128-bit token, a 256-bit secret and a check character: upper-case Crockford
base32 throughout, digits and letters that survive keyboard layouts and input methods. (Crockford's own
check symbols `*~$=U` don't, so the check character is ours.) The server keeps the token's HMAC. The
secret is forgotten once the card is printed, because a reference may be bound to it (`wrapping_key`): so a
card is reissued and never reprinted.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from campus import audit, presence, tombstones
from campus.models import CardBatch, Credential, Person, User

PREFIX = "CG1"
TOKEN_BYTES, SECRET_BYTES = 16, 32
_TOKEN_CHARS, _SECRET_CHARS = 26, 52
LENGTH = len(PREFIX) + _TOKEN_CHARS + _SECRET_CHARS + 1
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN = f"{PREFIX}[{_ALPHABET}]{{{LENGTH - len(PREFIX)}}}"
"""What a reader's input must look like, as a regular expression: whether it is a card, the server says."""
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


class NotACard(ValueError):
    """The string isn't a card of ours: wrong length, alphabet, padding or check character."""


@dataclass(frozen=True, repr=False)
class Card:
    """What a card carries. Its `repr` shows nothing, so that it can't reach a log."""

    token: bytes
    secret: bytes

    def __str__(self) -> str:
        body = PREFIX + _encode(self.token, _TOKEN_CHARS) + _encode(self.secret, _SECRET_CHARS)
        return body + _check_character(body)


def parse(text: str) -> Card:
    """Return the card behind a scanned string. Raises `NotACard` without saying the string."""
    text = text.strip().upper()
    if len(text) != LENGTH or not text.startswith(PREFIX) or not set(text) <= set(_ALPHABET):
        raise NotACard
    if _check_character(text[:-1]) != text[-1]:
        raise NotACard
    token, secret = text[len(PREFIX) :][:_TOKEN_CHARS], text[len(PREFIX) + _TOKEN_CHARS : -1]
    return Card(_decode(token, TOKEN_BYTES), _decode(secret, SECRET_BYTES))


def find(card: Card) -> Credential | None:
    """Return the credential of a card, revoked or not, or None for one we never issued."""
    return Credential.objects.select_related("person__school").filter(token_mac=_mac(card.token)).first()


def wrapping_key(card: Card) -> bytes:
    """Return the key (32 bytes) by which a reference is bound to this card. Whoever asks for it stores it nowhere."""
    return hmac.new(card.secret, b"campus-gate reference 1", hashlib.sha256).digest()


@transaction.atomic
def issue(*, person: Person, by: User | None, at: datetime, batch: CardBatch | None = None) -> Card:
    """Make a person's new card and revoke the one before. The returned card is the only time it is whole."""
    presence.lock(person.id)
    card = Card(secrets.token_bytes(TOKEN_BYTES), secrets.token_bytes(SECRET_BYTES))
    before = Credential.objects.filter(person=person, revoked_at__isnull=True).first()
    revoke(person=person, by=by, at=at)
    credential = Credential.objects.create(
        school=person.school,
        person=person,
        token_mac=_mac(card.token),
        issued_at=at,
        issued_by=by,
        batch=batch,
        replaces=before,
    )
    audit.record("card.issued", school=person.school, subject=person.id, actor=by, at=at, card=str(credential.id))
    return card


@transaction.atomic
def revoke(*, person: Person, by: User | None, at: datetime) -> bool:
    """Revoke a person's card and tell whether there was one."""
    presence.lock(person.id)
    live = Credential.objects.filter(person=person, revoked_at__isnull=True)
    ids = list(live.values_list("id", flat=True))
    if not live.update(revoked_at=at):
        return False
    for card_id in ids:
        tombstones.owe("card.revoked", school=person.school, subject=card_id, at=at)
    cards = [str(card_id) for card_id in ids]
    audit.record("card.revoked", school=person.school, subject=person.id, actor=by, at=at, cards=cards)
    return True


@transaction.atomic
def take_back(*, card: Credential, by: User | None, at: datetime) -> None:
    """Revoke a card that nobody has used yet, and revive the one it ended."""
    revoke(person=card.person, by=by, at=at)
    if card.replaces_id and Credential.objects.filter(id=card.replaces_id).update(revoked_at=None):
        before = str(card.replaces_id)
        tombstones.owe("card.revived", school=card.school, subject=card.replaces_id, at=at)
        audit.record("card.revived", school=card.school, subject=card.person_id, actor=by, at=at, card=before)


@transaction.atomic
def issue_after(*, seen: str, person: Person, by: User, at: datetime) -> Card | None:
    """Make a new card for a page that showed `seen` as the card in use ("" for none); None if that has changed.

    So a second click, or the page loaded again, doesn't end the card that has just been printed.
    """
    presence.lock(person.id)
    live = Credential.objects.filter(person=person, revoked_at__isnull=True).values_list("id", flat=True).first()
    return issue(person=person, by=by, at=at) if seen == str(live or "") else None


def _mac(token: bytes) -> bytes:
    return hmac.new(settings.CARD_KEY, token, hashlib.sha256).digest()


def _encode(data: bytes, length: int) -> str:
    number = int.from_bytes(data) << (length * 5 - len(data) * 8)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range((length - 1) * 5, -1, -5))


def _decode(text: str, length: int) -> bytes:
    number = 0
    for character in text:
        number = number << 5 | _VALUES[character]
    padding = len(text) * 5 - length * 8
    if number & ((1 << padding) - 1):
        raise NotACard
    return (number >> padding).to_bytes(length)


def _check_character(body: str) -> str:
    """Return a 5-bit CRC over the symbols (x^5 + x^2 + 1): it sees every single error and every swap of neighbours.

    The last symbol is shifted too, or its swap with the check character itself would go unseen.
    """
    remainder = 0
    for character in body:
        remainder ^= _VALUES[character]
        remainder = (remainder << 1) ^ (0x25 if remainder & 0x10 else 0)
    return _ALPHABET[remainder]
