"""A parcel opens with its key, for its purpose, whole; and in no other way."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.sealing import NONCE_BYTES, Tampered, seal, unseal

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
parts = st.lists(st.binary(max_size=200), max_size=6)


@given(parts, st.text(max_size=80))
def test_it_gives_back_what_went_in(sent: list[bytes], purpose: str) -> None:
    assert unseal(KEY, seal(KEY, sent, bound_to=purpose), bound_to=purpose) == sent


@given(parts.filter(any))
def test_a_parcel_shows_nothing_of_what_it_holds(sent: list[bytes]) -> None:
    parcel = seal(KEY, sent, bound_to="frames")
    assert not [part for part in sent if len(part) >= 8 and part in parcel]


def test_the_same_contents_are_sealed_differently_each_time() -> None:
    assert seal(KEY, [b"face"], bound_to="frames") != seal(KEY, [b"face"], bound_to="frames")


@pytest.mark.parametrize(
    ("key", "purpose"),
    [(OTHER_KEY, "frames|1"), (KEY, "frames|2"), (KEY, "probe|1"), (KEY, "")],
    ids=["another key", "another capture", "another step", "no purpose"],
)
def test_it_opens_with_its_own_key_and_for_its_own_purpose_only(key: bytes, purpose: str) -> None:
    with pytest.raises(Tampered):
        unseal(key, seal(KEY, [b"face"], bound_to="frames|1"), bound_to=purpose)


def test_a_flip_of_any_bit_is_seen() -> None:
    parcel = seal(KEY, [b"face", b""], bound_to="frames")
    for place in range(len(parcel)):
        for bit in range(8):
            flipped = bytearray(parcel)
            flipped[place] ^= 1 << bit
            with pytest.raises(Tampered):
                unseal(KEY, bytes(flipped), bound_to="frames")


@pytest.mark.parametrize("length", [0, 1, NONCE_BYTES - 1, NONCE_BYTES, NONCE_BYTES + 15, NONCE_BYTES + 17])
def test_a_parcel_that_was_cut_is_seen(length: int) -> None:
    with pytest.raises(Tampered):
        unseal(KEY, seal(KEY, [b"face"], bound_to="frames")[:length], bound_to="frames")


@given(st.binary(max_size=100))
def test_noise_is_no_parcel(noise: bytes) -> None:
    with pytest.raises(Tampered):
        unseal(secrets.token_bytes(32), noise, bound_to="frames")


def test_a_process_without_the_key_opens_nothing() -> None:
    with pytest.raises(Tampered):
        unseal(b"", seal(KEY, [b"face"], bound_to="frames"), bound_to="frames")
