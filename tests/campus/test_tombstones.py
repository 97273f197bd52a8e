"""The tombstone log: what ended is written outside both databases, and a log that was touched shows."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core import checks
from pytest_django import Settings

from campus import cards, lineage, outbox, replaying, tasks, tombstones
from campus.models import Lineage, Outbox, Tombstone
from enrollment.vault.models import LogHead
from tests.personas import World

BOTH = ["default", "keys"]


@pytest.fixture
def log(world: World, tmp_path: Path, settings: Settings) -> Path:
    """An empty log beside a world of which nothing was written down."""
    Tombstone.objects.all().delete()
    settings.TOMBSTONES_FILE = tmp_path / "vault" / "tombstones.jsonl"
    return Path(settings.TOMBSTONES_FILE)


def end_cards(world: World, count: int = 3) -> None:
    """Revoke cards, and let the worker write that down."""
    for pupil in list(world.pupils.values())[:count]:
        cards.revoke(person=pupil.person, by=world.office, at=world.at)
    assert outbox.settle(at=world.at) == count


def told() -> list[str]:
    """Return what the start-up checks say of the log."""
    found = checks.run_checks(databases=BOTH)
    return [str(message.msg) for message in found if message.id == "campus.E015"]


def test_what_ended_is_a_line_outside_both_databases_that_names_nobody(world: World, log: Path) -> None:
    """LAW 26."""
    end_cards(world)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["number"], line["kind"]) for line in lines] == [(n, "card.revoked") for n in (1, 2, 3)]
    assert list(Tombstone.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700
    text = log.read_text()
    assert not [pupil for pupil in world.pupils.values() if pupil.person.name in text or pupil.parent.email in text]


def test_nothing_is_written_of_an_act_that_was_taken_back(world: World, log: Path) -> None:
    tombstones.owe("card.revoked", school=world.school, subject=uuid4(), at=world.at)
    Tombstone.objects.all().delete()
    Outbox.objects.all().delete()
    assert outbox.settle(at=world.at) == 0
    assert not log.exists()


def test_a_worker_that_died_after_writing_writes_no_second_line(world: World, log: Path) -> None:
    end_cards(world, 1)
    row = Tombstone.objects.get()
    Tombstone.objects.update(number=None, link=None)
    assert tombstones.trouble() == ""  # The line is known here: nothing is older than the log.
    tombstones.write(row.id)
    assert len(log.read_text().splitlines()) == 1
    row.refresh_from_db()
    assert row.number == 1


def test_half_a_line_of_a_machine_that_died_is_no_line_and_is_written_whole(world: World, log: Path) -> None:
    end_cards(world, 2)
    whole = log.read_bytes()
    log.write_bytes(whole + whole.splitlines()[0][:40])
    assert tombstones.trouble() == ""
    tombstones.owe("card.revoked", school=world.school, subject=uuid4(), at=world.at)
    assert outbox.settle(at=world.at) == 1
    assert log.read_bytes().startswith(whole)
    assert len(tombstones.read()) == 3


def cut(log: Path) -> None:
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))


def drop_a_line(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1] + lines[2:]))


def change_an_id(log: Path) -> None:
    lines = log.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | {"subject": str(UUID(int=1))}, sort_keys=True)
    log.write_text("\n".join([*lines, ""]))


def rewrite_it_all(log: Path) -> None:
    """Change a line and make every hash anew, as somebody would who knows how."""
    previous, new = tombstones.GENESIS, []
    for number, text in enumerate(log.read_text().splitlines(), start=1):
        said = json.loads(text)
        del said["link"]
        said["subject"] = str(UUID(int=number))
        previous = tombstones._link(previous, said)
        new.append(json.dumps(said | {"link": previous.hex()}, sort_keys=True))
    log.write_text("\n".join([*new, ""]))


def fill_with_noise(log: Path) -> None:
    log.write_bytes(b"\xff\x00 no log\n")


TOUCHED = [cut, drop_a_line, change_an_id, rewrite_it_all, fill_with_noise, Path.unlink]


@pytest.mark.parametrize("touch", TOUCHED, ids=lambda touch: touch.__name__)
@pytest.mark.parametrize("lost", ["nothing", "the main database's rows", "the keys database's row"])
def test_a_log_that_was_touched_is_told_whichever_database_still_remembers(
    world: World, log: Path, settings: Settings, touch: object, lost: str
) -> None:
    """LAW 26."""
    end_cards(world)
    assert told() == []
    if lost == "the main database's rows":
        Tombstone.objects.all().update(number=None, link=None)
    elif lost == "the keys database's row":
        LogHead.objects.all().delete()
    assert callable(touch)
    touch(log)
    (words,) = told()
    assert words.startswith("the tombstone log can't be trusted")
    with pytest.raises(tombstones.Damaged):
        replaying.replay(world.at)
    tombstones.owe("card.revoked", school=world.school, subject=uuid4(), at=world.at)
    assert outbox.settle(at=world.at) == 0  # It stays owed: nothing is added to what nobody can trust.


def test_a_line_that_is_written_while_the_log_is_read_is_no_flaw(
    world: World, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_cards(world)
    tombstones.owe("card.revoked", school=world.school, subject=uuid4(), at=world.at)
    read_bytes = Path.read_bytes

    def read_and_meet_the_worker(path: Path) -> bytes:
        content = read_bytes(path)
        assert outbox.settle(at=world.at) == 1
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_meet_the_worker)
    assert tombstones.trouble() == ""
    assert LogHead.objects.get().number == 4


@pytest.mark.parametrize(("process", "level"), [("decide", checks.ERROR), ("desk", checks.WARNING)])
def test_a_database_that_lacks_a_line_stops_who_compares_and_warns_the_desk(
    world: World, log: Path, settings: Settings, process: str, level: int
) -> None:
    end_cards(world)
    Tombstone.objects.filter(number=3).delete()
    settings.PROCESS = process
    (message,) = [one for one in checks.run_checks(databases=BOTH) if one.id == "campus.E015"]
    assert message.level == level
    assert "restored from before tombstone 3 of 2026-03-04 09:30 UTC" in message.msg


def test_a_process_without_the_log_is_asked_nothing_about_it(world: World, log: Path, settings: Settings) -> None:
    lineage.doubt(world.at)
    for process in ("web", "extract", "seal", "beat"):
        settings.PROCESS = process
        assert told() == []


def test_the_desk_finds_within_a_minute_that_it_runs_on_an_older_database(
    world: World, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """LAW 26. A disk put back whole carries the very same database: only the log is ahead of it."""
    end_cards(world)
    tasks.watch_tombstones()
    assert not lineage.is_restored()
    Tombstone.objects.filter(number__gte=2).delete()
    tasks.watch_tombstones()
    assert lineage.is_restored()
    assert "face mode is off: the database was restored from before tombstone 2" in caplog.text
    tasks.watch_tombstones()
    assert caplog.text.count("face mode is off") == 1


def test_replaying_needs_to_know_every_kind_of_line(world: World, log: Path) -> None:
    tombstones.owe("of.the.future", school=world.school, subject=uuid4(), at=world.at)
    outbox.settle(at=world.at)
    Tombstone.objects.all().delete()
    with pytest.raises(replaying.Unheard, match=r"of\.the\.future"):
        replaying.replay(world.at)
    assert tombstones.trouble()


def test_a_new_database_is_named_once_and_a_restored_one_keeps_the_others_name(world: World, log: Path) -> None:
    assert replaying.replay(world.at) is None
    named = Lineage.objects.get().database
    assert named.count(".") == 2
    assert not lineage.is_restored()
    Lineage.objects.update(database=f"{named}0")
    assert not lineage.begin(world.at)
    assert lineage.is_restored()
    assert replaying.replay(world.at + timedelta(minutes=1)) is not None
    assert Lineage.objects.get().database == named
