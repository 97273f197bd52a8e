"""A backup put back revives nothing that has ended since: no consent, no reference, no card, no kiosk, no session.

Everything here is done by pg_dump and pg_restore on the databases of this run.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core import checks, mail
from django.core.management import CommandError, call_command
from django.db import connections
from pytest_django import Settings

from campus import lineage, people, replaying, sealing, tombstones
from campus.models import AuditEvent
from enrollment import attempts, identification, permits, references
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import ConsentEvent, Permit, Receipt, Reference
from enrollment.vault import epochs
from enrollment.vault.models import DataKey
from gates import kiosks
from running import restore
from tests import half_a_minute
from tests.drawn import enroll, pictures
from tests.gates.lane import Lane
from tests.restoring import Installation
from tests.running.since_backup import LATER, check_that_it_has_ended, comparable, let_end, settle


def test_yesterdays_main_database_alone_revives_nothing(
    installation: Installation, lane: Lane, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """LAW 26. Somebody restored it and replayed nothing: cards go on, no face is compared. Then it is replayed."""
    world = lane.world
    rekeyed, old_key = kiosks.install(gate=lane.gate, name="Rekeyed", by=world.office, at=world.at)
    people.name_guardian(student=world.refusing.person, guardian=world.teacher, at=world.at)
    settle(world)
    folder = installation.back_up()
    since = let_end(lane, rekeyed, old_key)
    assert comparable(world) == ["latecomer"]
    with monkeypatch.context() as patch:
        patch.setattr(restore, "_bring_up_to_date", lambda *arguments: None)
        installation.restore(folder, only_main=True)

    assert Permit.objects.filter(student=world.willing.person, live=True, compare=True).exists()
    assert lineage.is_restored()
    assert comparable(world) == []
    assert permits.standing(world.latecomer.person.id, world.at + LATER) is None
    assert not identification.members(world.school, world.at + LATER).exists()
    assert lane.send(world.latecomer).json()["outcome"] == "granted"  # The card, at once and without a look.
    settings.PROCESS = "decide"
    told = [one for one in checks.run_checks(databases=["default", "keys"]) if one.id == "campus.E015"]
    assert [(one.level, "restored from before tombstone" in one.msg) for one in told] == [(checks.ERROR, True)]
    attempt = attempts.begin(student=world.latecomer.person, operator=world.office, at=world.at)
    assert references.enroll(attempt=attempt, images=pictures(), engine=DrawnEngine(), at=world.at) == "not_available"

    settings.PROCESS = "manage"
    call_command("replay_tombstones")
    check_that_it_has_ended(world, since)
    assert tombstones.trouble() == ""
    assert comparable(world) == ["latecomer"]
    settle(world)
    assert set(DataKey.objects.values_list("reference", flat=True)) == set(
        Reference.objects.values_list("id", flat=True)
    )
    assert AuditEvent.objects.filter(kind="tombstone.replayed").exists()
    assert replaying.replay(world.at) is None


def test_a_replay_that_dies_goes_on_where_it_was(
    installation: Installation, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 26."""
    world = lane.world
    rekeyed, old_key = kiosks.install(gate=lane.gate, name="Rekeyed", by=world.office, at=world.at)
    people.name_guardian(student=world.refusing.person, guardian=world.teacher, at=world.at)
    folder = installation.back_up()
    since = let_end(lane, rekeyed, old_key)
    with monkeypatch.context() as patch:
        patch.setattr(restore, "_bring_up_to_date", lambda *arguments: None)
        installation.restore(folder, only_main=True)

    def die(line: tombstones.Line, at: datetime) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(replaying._replays, "card.revoked", die)
        with pytest.raises(KeyboardInterrupt):
            replaying.replay(world.at)
    assert ConsentEvent.objects.filter(student=world.willing.person, kind=ConsentEvent.Kind.WITHDRAWN).count() == 1
    assert tombstones.trouble()
    assert comparable(world) == []
    replaying.replay(world.at)
    assert ConsentEvent.objects.filter(student=world.willing.person, kind=ConsentEvent.Kind.WITHDRAWN).count() == 1
    check_that_it_has_ended(world, since)
    assert tombstones.trouble() == ""


def test_both_databases_of_one_night_revive_nothing_and_families_may_enrol_again(
    installation: Installation, lane: Lane, settings: Settings
) -> None:
    """LAW 26. The keys' dump is of an epoch that is over, so nothing in it opens."""
    world = lane.world
    rekeyed, old_key = kiosks.install(gate=lane.gate, name="Rekeyed", by=world.office, at=world.at)
    people.name_guardian(student=world.refusing.person, guardian=world.teacher, at=world.at)
    settle(world)
    folder = installation.back_up()
    since = let_end(lane, rekeyed, old_key)
    epochs.renew(world.at, at_once=True)
    mail.outbox.clear()
    replaced = installation.restore(folder)

    check_that_it_has_ended(world, since)
    assert tombstones.trouble() == ""
    assert not Reference.objects.exists()
    assert Permit.objects.get(live=True).student == world.latecomer.person  # Its family still says yes.
    half_a_minute.passes(world.at + LATER)
    assert not DataKey.objects.exists()
    receipt = Receipt.objects.get(cause="restore")
    assert (receipt.student, receipt.guardian) == (world.latecomer.person, world.latecomer.parent)
    (letter,) = [letter for letter in mail.outbox if letter.to == [world.latecomer.parent.email]]
    assert "A face template is never put back: it is destroyed." in letter.body
    enroll(world.latecomer.person, operator=world.office, at=world.at)
    assert comparable(world) == ["latecomer"]
    assert len(replaced) == 2
    connections.close_all()
    assert restore.forget(installation.var, installation.outer) == replaced


def test_a_wrong_root_key_destroys_nothing(installation: Installation, lane: Lane, settings: Settings) -> None:
    lineage.doubt(lane.world.at)
    settings.VAULT_ROOT_KEY = bytes(32)
    with pytest.raises(sealing.Tampered):
        replaying.replay(lane.world.at)
    assert Reference.objects.count() == 3
    assert lineage.is_restored()


def test_without_the_log_what_was_restored_compares_nothing(
    installation: Installation, lane: Lane, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """LAW 26. Nobody knows who has withdrawn."""
    folder = installation.back_up()
    settings.TOMBSTONES_FILE.unlink()
    installation.restore(folder, only_main=True)
    assert "face mode stays off: it ends at line 0" in capfd.readouterr().err
    assert comparable(lane.world) == []
    with pytest.raises(CommandError, match="face mode stays off"):
        call_command("replay_tombstones")
