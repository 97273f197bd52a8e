"""The public page about the face reader: open to everybody, and it says no more than was measured."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from enrollment import acceptance, calibration
from tests.personas import SignIn, World


def page(settings: Settings, engines: str) -> str:
    settings.FACE_ENGINES = engines
    response = Client().get("/faces/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("engines", ["dlib", "dlib,mobilefacenet"])
def test_it_prints_the_set_its_version_the_groups_the_sentence_and_every_threshold(
    db: None, settings: Settings, engines: str
) -> None:
    measured, words = calibration.of_set(engines), page(settings, engines)
    assert measured is not None
    for told in (engines, measured.engine, measured.version, acceptance.sentence(measured)):
        assert told in words
    for group in measured.groups:
        assert f"{group.people:,}" in words
        row = words[words.index(f"{acceptance.words_of(group)[1:]}</th>") :].split("</tr>")[0]
        assert ("1 in " in row) == (group.shown_at is not None)  # A group that shows nothing has no rate.
        assert f"<td>{group.false_match_pairs}</td>" in row
    assert "Children" in words
    for photos in (3, 4, 5):
        for frames in (1, 2, 3):
            assert f"<td>{measured.threshold(photos=photos, frames=frames):.4f}</td>" in words


def test_it_says_what_is_not_kept_and_that_nothing_can_be_exported(db: None, settings: Settings) -> None:
    words = page(settings, "dlib")
    assert "No photograph is kept" in words
    assert "A template cannot be exported" in words


def test_a_set_that_was_not_measured_is_told_as_such(db: None, settings: Settings) -> None:
    settings.FACE_CALIBRATIONS = []
    words = page(settings, "dlib")
    assert "has not been measured" in words
    assert "<table" not in words


def test_while_a_renewal_runs_both_sets_are_told(db: None, settings: Settings, renewing: None, frozen: object) -> None:
    words = page(settings, "redrawn")
    assert "The reader before" in words
    assert "until 10 March 2026" in words
    assert all(version in words for version in ("drawn-1", "drawn-2"))


def test_it_never_calls_a_distance_what_it_is_not(db: None, settings: Settings) -> None:
    words = page(settings, "dlib").lower()
    assert not any(word in words for word in ("confidence", "probability", "accura"))


@pytest.mark.parametrize("address", ["/", "/family/", "/family/{student}/", "/family/{student}/answer/"])
def test_families_find_it(world: World, signed_in: SignIn, address: str) -> None:
    browser = Client() if address == "/" else signed_in(world.willing.parent)
    words = browser.get(address.format(student=world.willing.person.id)).content.decode()
    assert 'href="/faces/"' in words
