"""A backup put back revives nothing that has ended since: no consent, no reference, no card, no kiosk, no session.

Everything here is done by pg_dump and pg_restore on the databases of this run.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import psycopg2
import pytest
from django.contrib.sessions.models import Session
from django.core import checks, mail
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from pytest_django import Settings

from campus import cards, lineage, outbox, people, replaying, sealing, tombstones
from campus.celery import TASK_MODULES
from campus.models import AuditEvent, Credential, Guardianship, Outbox, Tombstone, User
from enrollment import assent, attempts, bonds, consent, identification, opening, permits, references
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import ChildAnswer, ConsentEvent, Permit, Receipt, Reference
from enrollment.vault import epochs
from enrollment.vault.models import DataKey
from gates import kiosks
from gates.models import Kiosk
from running import backup, dumps, leftovers, places, postgres, restore
from tests import half_a_minute
from tests.drawn import enroll, pictures
from tests.gates.lane import Lane, make_lane
from tests.personas import Pupil, World
from tests.restoring import Installation

LATER = timedelta(hours=3)
"""How long after the backup what ended has ended."""


def say_yes(world: World, pupil: Pupil, *, by: User | None = None) -> Reference:
    consent.give(student=pupil.person, guardian=by or pupil.parent, notice=world.notice, at=world.at)
    return enroll(pupil.person, operator=world.office, at=world.at)


for module in TASK_MODULES["desk"]:
    import_module(module)


def settle(world: World) -> None:
    """Let the desk worker do what is owed: it writes the log, destroys keys and mails."""
    while outbox.settle(at=world.at + LATER):
        pass
    assert not Outbox.objects.filter(status="owed").exists()


def comparable(world: World) -> list[str]:
    """Return whose reference opens for a comparison."""
    now = world.at + LATER
    return [name for name, pupil in world.pupils.items() if opening.open_for_comparison(pupil.person.id, now)]


@pytest.fixture
def lane(installation: Installation, world: World) -> Lane:
    """A school of which three faces are enrolled, with a gate, where somebody is signed in."""
    for pupil in (world.willing, world.latecomer):
        enroll(pupil.person, operator=world.office, at=world.at)
    say_yes(world, world.unanswered)
    cards.revoke(person=world.withdrawn.person, by=world.office, at=world.at)  # Known to every backup.
    Client().force_login(world.office)
    settle(world)
    mail.outbox.clear()
    replaying.replay(world.at)  # As every start does.
    return make_lane(world)


@dataclass(frozen=True)
class Since:
    """What ended after the backup."""

    aunt: Guardianship
    kiosk: Kiosk
    rekeyed: Kiosk
    old_key: str
    stranger: User
    """A guardian who was named after the backup, and said no."""


def let_end(lane: Lane, rekeyed: Kiosk, old_key: str) -> Since:
    """Let much end after the backup, and the log have it."""
    world, at = lane.world, lane.world.at + LATER
    aunt = Guardianship.objects.get(student=world.refusing.person, guardian=world.teacher)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=at)
    assent.refuse(student=world.unanswered.person, by=world.office, at=at)
    stranger = User.objects.create_user(name="Stranger")
    people.name_guardian(student=world.withdrawn.person, guardian=stranger, at=at)
    consent.refuse(student=world.withdrawn.person, guardian=stranger, notice=None, at=at)
    cards.revoke(person=world.refusing.person, by=world.office, at=at)
    bonds.end_guardianship(bond=aunt, by=world.office, at=at)
    kiosks.revoke(kiosk=lane.kiosk, by=world.office, at=at)
    kiosks.new_key(kiosk=rekeyed, by=world.office, at=at)
    settle(world)
    return Since(aunt, lane.kiosk, rekeyed, old_key, stranger)


def check_that_it_has_ended(world: World, since: Since) -> None:
    at = world.at + LATER
    said = consent.standing_answer(world.willing.person, world.willing.parent)
    assert said is not None
    assert (said.kind, said.at) == (ConsentEvent.Kind.WITHDRAWN, at)
    child = ChildAnswer.objects.filter(student=world.unanswered.person).latest("id")
    assert (child.kind, child.at, child.recorded_by) == ("no", at, world.office)
    objection = ConsentEvent.objects.get(student=world.withdrawn.person, kind=ConsentEvent.Kind.REFUSED)
    assert (objection.guardian_id, objection.at) == (since.stranger.id, at)
    assert people.is_guardian(objection.guardian, world.withdrawn.person)  # Who may lift it.
    assert User.objects.create_user(name="Next").id > since.stranger.id
    for pupil in (world.willing, world.unanswered, world.withdrawn):
        assert not Reference.objects.filter(student=pupil.person).exists()
        assert not Permit.objects.filter(student=pupil.person, live=True).exists()
    assert Credential.objects.get(person=world.refusing.person).revoked_at == at
    assert Guardianship.objects.get(id=since.aunt.id).ended_at == at
    assert Kiosk.objects.get(id=since.kiosk.id).revoked_at == at
    assert kiosks.with_key(since.old_key) is None
    assert not Session.objects.exists()
    assert not Outbox.objects.filter(recipient__isnull=False, status="owed").exists()


# ------------------------------------------------------------ a backup


def in_plain(folder: Path, file: str) -> str:
    """Return a dump as the SQL that it stands for."""
    shown = subprocess.run(
        [str(postgres.binary("pg_restore")), "-f", "-", str(folder / file)],
        env=postgres.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout


def test_a_backup_holds_neither_the_epoch_key_nor_the_log_nor_who_is_signed_in(
    installation: Installation, lane: Lane, settings: Settings
) -> None:
    """LAW 26."""
    session = Session.objects.get().session_key
    folder = installation.back_up()
    assert sorted(path.name for path in folder.iterdir()) == ["keys.dump", "main.dump", "manifest.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())} == {0o700, 0o600}
    main, both = in_plain(folder, "main.dump"), in_plain(folder, "main.dump") + in_plain(folder, "keys.dump")
    assert lane.world.willing.person.name in main
    assert session not in both
    wrapped = re.findall(r"[\w+/-]{40,}", settings.VAULT_EPOCH_FILE.read_text())
    assert wrapped
    assert not [key for key in wrapped if key in both]
    assert not [line for line in settings.TOMBSTONES_FILE.read_text().splitlines() if line in both]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["last_tombstone"] == Tombstone.objects.exclude(number=None).count()
    assert manifest["files"]["main.dump"]["postgres"].startswith("18")


def test_a_killed_backup_leaves_nothing_that_looks_like_one(
    installation: Installation, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*arguments: object) -> dict[str, object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backup, "_manifest", die)
        with pytest.raises(KeyboardInterrupt):
            installation.back_up()
    (left,) = (installation.var / "backups").iterdir()
    with pytest.raises(places.CannotRunError, match="is no backup"):
        restore.check(left)
    folder = installation.back_up()
    assert list((installation.var / "backups").iterdir()) == [folder]


# ------------------------------------------------------------ a restore


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
    (letter,) = mail.outbox
    assert letter.to == [world.latecomer.parent.email]
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


# ------------------------------------------------------------ nothing is lost


def names(installation: Installation) -> list[str]:
    """Return every database on both servers."""
    found = [
        database.ask("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1", name="postgres")
        for database in installation.databases()
    ]
    return [str(name) for rows in found for (name,) in rows]


def test_a_restore_killed_at_any_moment_leaves_everything_as_it_was(installation: Installation, lane: Lane) -> None:
    folder = installation.back_up()
    consent.withdraw(student=lane.world.willing.person, guardian=lane.world.willing.parent, at=lane.world.at + LATER)
    settle(lane.world)
    connections.close_all()
    before = names(installation)
    main = installation.databases()[0]
    command = [sys.executable, "-m", "running.restore", str(folder)]
    environment = {**installation.outer, "CAMPUS_VAR": str(installation.var)}
    with subprocess.Popen(command, cwd=places.PROJECT, env=environment) as killed:
        while f"{main.name}{restore.NEW}" not in names(installation):
            assert killed.poll() is None
        killed.kill()
    assert [name for name in names(installation) if restore.NEW not in name] == before
    assert ConsentEvent.objects.filter(student=lane.world.willing.person, kind=ConsentEvent.Kind.WITHDRAWN).exists()
    assert comparable(lane.world) == ["unanswered", "latecomer"]
    installation.restore(folder)
    assert comparable(lane.world) == ["unanswered", "latecomer"]
    assert not [name for name in names(installation) if restore.NEW in name]


def test_a_restore_killed_between_the_two_databases_can_be_made_again(
    installation: Installation, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = installation.back_up()
    swap = restore._swap

    def die_at_the_keys(database: dumps.Database, at: datetime) -> str:
        if database.file == "keys.dump":
            raise KeyboardInterrupt
        return swap(database, at)

    with monkeypatch.context() as patch:
        patch.setattr(restore, "_swap", die_at_the_keys)
        with pytest.raises(KeyboardInterrupt):
            installation.restore(folder)
    assert comparable(lane.world) == ["willing", "unanswered", "latecomer"]
    installation.restore(folder, at=lane.world.at + LATER)
    assert comparable(lane.world) == ["willing", "unanswered", "latecomer"]


def test_a_backup_that_was_cut_or_changed_is_refused(installation: Installation, lane: Lane) -> None:
    folder = installation.back_up()
    whole = (folder / "main.dump").read_bytes()
    for touched in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        (folder / "main.dump").write_bytes(touched)
        with pytest.raises(places.CannotRunError, match=r"main\.dump is missing, cut or changed"):
            installation.restore(folder)
    (folder / "main.dump").unlink()
    with pytest.raises(places.CannotRunError, match=r"main\.dump is missing"):
        installation.restore(folder)
    with pytest.raises(places.CannotRunError, match="is no backup"):
        installation.restore(installation.var)


def test_it_refuses_while_anybody_uses_the_databases(installation: Installation, lane: Lane) -> None:
    folder = installation.back_up()
    with (
        closing(psycopg2.connect(installation.databases()[1].url)),
        pytest.raises(places.CannotRunError, match="stop the processes first: campus_owner use"),
    ):
        installation.restore(folder)
    leftovers.record(installation.var, "desk", os.getpid())
    with pytest.raises(places.CannotRunError, match="stop the processes first: desk"):
        installation.restore(folder)


def test_no_password_is_on_a_command_line(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def note(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", note)
    database = dumps.Database("main.dump", "X", "postgres://owner:s%2Fecret@db.example:6000/school?sslmode=require")
    database.run("pg_dump", "--format=custom")
    assert "s/ecret" not in " ".join(ran[0])
    assert "secret" not in " ".join(ran[0])
    assert "--dbname=user=owner dbname=school host=db.example port=6000 sslmode=require" in ran[0]
