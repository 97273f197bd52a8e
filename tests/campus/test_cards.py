"""Card format v1, printed and carried for years; and the cards people hold."""

from __future__ import annotations

import base64
import re

import pytest
from django.db import IntegrityError
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_django import Settings

from campus import cards
from campus.cards import Card, NotACard, parse
from campus.models import AuditEvent, Credential
from tests.personas import World

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SAMPLE = Card(bytes(range(16)), bytes(range(100, 132)))
PRINTED = "CG1000G40R40M30E209185GR38E1WCHJPCSV8D5N6PV3DDSQQ0WBJEDT7AXKQF1WQMYVWFNZ7Z041GA1G3"

tokens, secrets = st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)
printed = st.builds(Card, tokens, secrets).map(str)


@given(tokens, secrets)
@example(bytes(16), bytes(32))
@example(b"\xff" * 16, b"\xff" * 32)
def test_a_printed_card_is_read_back_whole(token: bytes, secret: bytes) -> None:
    assert parse(str(Card(token, secret))) == Card(token, secret)


@given(printed)
def test_a_card_is_82_characters_that_survive_keyboards(text: str) -> None:
    assert re.fullmatch(f"CG1[{ALPHABET}]{{79}}", text)
    assert len(text) == cards.LENGTH == 3 + 26 + 52 + 1


def test_the_format_never_changes() -> None:
    """A card printed today is read in ten years: this is the string it carries."""
    assert str(SAMPLE) == PRINTED
    assert parse(PRINTED) == SAMPLE


def test_its_base32_is_the_usual_one_in_another_alphabet() -> None:
    usual = base64.b32encode(SAMPLE.token).decode().rstrip("=")
    swapped = usual.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET))
    assert str(SAMPLE)[3:29] == swapped


@given(printed, st.integers(0, 81), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_seen(text: str, place: int, wrong: str) -> None:
    changed = text[:place] + wrong + text[place + 1 :]
    if changed == text:
        return
    with pytest.raises(NotACard):
        parse(changed)


def test_every_wrong_character_of_one_card_is_seen() -> None:
    for place in range(len(PRINTED)):
        for wrong in set(ALPHABET) - {PRINTED[place]}:
            with pytest.raises(NotACard):
                parse(PRINTED[:place] + wrong + PRINTED[place + 1 :])


@given(printed)
def test_every_swap_of_two_neighbours_is_seen(text: str) -> None:
    for place in range(len(text) - 1):
        one, other = text[place], text[place + 1]
        if one == other:
            continue
        with pytest.raises(NotACard):
            parse(text[:place] + other + one + text[place + 2 :])


@given(printed)
def test_a_character_lost_or_read_twice_is_seen(text: str) -> None:
    for place in range(len(text)):
        for misread in (text[:place] + text[place + 1 :], text[: place + 1] + text[place:]):
            with pytest.raises(NotACard):
                parse(misread)


@pytest.mark.parametrize("padded_end", [29, 81], ids=["token", "secret"])
def test_bits_that_mean_nothing_must_be_zero(padded_end: int) -> None:
    """Otherwise one card would have several strings."""
    body = PRINTED[:-1]
    last = ALPHABET.index(body[padded_end - 1])
    body = body[: padded_end - 1] + ALPHABET[last | 1] + body[padded_end:]
    with pytest.raises(NotACard):
        parse(body + cards._check_character(body))


@given(printed)
def test_lower_case_and_space_around_it_do_no_harm(text: str) -> None:
    assert parse(f"\t {text.lower()}\r\n") == parse(text)


@pytest.mark.parametrize(
    "text",
    ["", "CG1", PRINTED.replace("CG1", "CG2"), PRINTED[3:], "x" * 82, "\0" * 82, PRINTED.replace("0", "O"), "é" * 82],
)
def test_what_is_no_card_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(NotACard) as refusal:
        parse(text)
    assert str(refusal.value) == ""


@given(st.text(max_size=100))
def test_no_text_does_more_than_being_refused(text: str) -> None:
    with pytest.raises(NotACard):
        parse(text)


def test_a_card_shows_nothing_in_a_log() -> None:
    for shown in (repr(SAMPLE), f"{SAMPLE!r}", f"{[SAMPLE]}"):
        assert PRINTED[3:] not in shown
        assert SAMPLE.token.hex() not in shown
        assert repr(SAMPLE.secret) not in shown


# ------------------------------------------------------------ the cards people hold


def test_an_issued_card_is_found_and_belongs_to_its_person(world: World) -> None:
    card = cards.issue(person=world.willing.person, by=world.office, at=world.at)
    credential = cards.find(parse(str(card)))
    assert credential is not None
    assert credential.person == world.willing.person
    assert credential.revoked_at is None


def test_a_card_we_never_issued_is_not_found(world: World) -> None:
    assert cards.find(SAMPLE) is None


def test_the_secret_of_a_card_does_not_matter_and_is_not_kept(world: World) -> None:
    card = parse(world.willing.card)
    kept = b"".join(bytes(credential.token_mac) for credential in Credential.objects.all())
    assert cards.find(Card(card.token, bytes(32))) == cards.find(card)
    assert card.secret not in kept
    assert card.token not in kept


def test_the_token_is_kept_as_a_mac_that_needs_the_key(world: World, settings: Settings) -> None:
    settings.CARD_KEY = bytes(32)
    assert cards.find(parse(world.willing.card)) is None


def test_a_new_card_revokes_the_one_before(world: World) -> None:
    old = parse(world.willing.card)
    new = cards.issue(person=world.willing.person, by=world.office, at=world.at)
    found_old, found_new = cards.find(old), cards.find(new)
    assert found_old is not None
    assert found_old.revoked_at == world.at
    assert found_new is not None
    assert found_new.revoked_at is None


def test_a_card_is_revoked_once(world: World) -> None:
    assert cards.revoke(person=world.willing.person, by=world.office, at=world.at)
    assert not cards.revoke(person=world.willing.person, by=world.office, at=world.at)
    kinds = AuditEvent.objects.filter(subject=world.willing.person.id, kind="card.revoked")
    assert kinds.count() == 1


def test_the_database_refuses_a_second_live_card(world: World) -> None:
    with pytest.raises(IntegrityError, match="credential_one_live_card"):
        Credential.objects.create(
            school=world.school, person=world.willing.person, token_mac=b"other", issued_at=world.at
        )


def test_issuing_a_card_is_on_record_without_the_card(world: World) -> None:
    card = cards.issue(person=world.willing.person, by=world.office, at=world.at)
    event = AuditEvent.objects.filter(subject=world.willing.person.id, kind="card.issued").latest("at")
    assert event.actor == world.office
    assert str(card)[3:] not in str(event.payload.body)
