"""The end of an epoch against enrolments, comparisons, other processes, and the sudden death of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connections

from campus import clock
from enrollment.vault import epoch_file, epochs, keys
from enrollment.vault.models import DataKey
from running.places import PROJECT
from tests.concurrency.meeting import PATIENCE, Callers, pause_after, pause_before, result

BINDING = keys.Binding(uuid4(), uuid4(), "gate_access", "drawn-1")
MANY = 7
DIES = """
import os, signal, sys
import django
from django.conf import settings
from django.db import connections
django.setup()
for alias, name in zip(("default", "keys"), sys.argv[1:3]):
    connections[alias].settings_dict["NAME"] = settings.DATABASES[alias]["NAME"] = name
from pathlib import Path
from campus import clock
from enrollment.vault import epoch_file, epochs
settings.VAULT_EPOCH_FILE = Path(sys.argv[3])
epochs.BATCH = 3
place, left = sys.argv[4], int(sys.argv[5])
module = epoch_file if hasattr(epoch_file, place) else epochs
function = getattr(module, place)

def dies(*args, **kwargs):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return function(*args, **kwargs)

setattr(module, place, dies)
epochs.renew(clock.now(), at_once=True)
"""


@pytest.fixture(autouse=True)
def vault(transactional_db: None, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An epoch file of the test's own."""
    monkeypatch.setattr("django.conf.settings.VAULT_EPOCH_FILE", tmp_path / "epoch.json")
    epoch_file.make()


def keep() -> tuple[UUID, bytes]:
    """Make one reference, as an enrolment does, and return its ciphertext."""
    reference = uuid4()
    return reference, keys.encrypt(reference, b"template", binding=BINDING, at=clock.now())


def opens(kept: tuple[UUID, bytes]) -> bool:
    return keys.decrypt(*kept, binding=BINDING) == b"template"


def renew() -> int | None:
    return epochs.renew(clock.now(), at_once=True)


def wait_for_a_blocked_rotation() -> None:
    """Return once somebody waits for the lock of the epochs."""
    end = clock.now() + timedelta(seconds=PATIENCE)
    while True:
        with connections["keys"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
            if cursor.fetchone()[0]:
                return
        assert clock.now() < end, "nobody waits"


def test_a_key_made_while_an_epoch_ends_is_taken_along(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapping = pause_after(monkeypatch, epochs, "wrapped")
    enrolled = callers.start(keep)
    wrapping.reached()  # It holds the key of the old epoch, and has kept nothing yet.
    rotated = callers.start(renew)
    wait_for_a_blocked_rotation()
    wrapping.go_on()
    kept = result(enrolled)
    assert result(rotated) == 2
    assert DataKey.objects.get().epoch == 2
    assert opens(kept)


def test_an_enrolment_that_comes_in_the_middle_uses_the_epoch_to_come(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    waiting = pause_before(monkeypatch, epochs, "_wrap_some_anew")
    rotated = callers.start(renew)
    waiting.reached()
    enrolled = callers.start(keep)
    waiting.go_on()
    assert result(rotated) == 2
    assert opens(result(enrolled))
    assert set(DataKey.objects.values_list("epoch", flat=True)) == {2}


def test_who_compares_while_an_epoch_ends_finds_the_key_in_the_new_one(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep()
    read = pause_after(monkeypatch, epoch_file, "read")
    opened = callers.start(opens, kept)
    read.reached()  # It holds the old epoch's key, which opens no row any more when it goes on.
    assert renew() == 2
    read.go_on()
    assert result(opened)


def test_a_gallery_that_is_filled_while_an_epoch_ends_is_whole(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {reference: (blob, BINDING) for reference, blob in (keep() for _ in range(MANY))}
    read = pause_after(monkeypatch, epoch_file, "read")
    filled = callers.start(keys.decrypt_many, kept)
    read.reached()
    assert renew() == 2
    read.go_on()
    assert result(filled).keys() == kept.keys()


def test_two_processes_that_end_an_epoch_at_once_lose_no_key(callers: Callers) -> None:
    kept = [keep() for _ in range(MANY)]
    callers.at_once(renew, renew, renew)
    assert len(epoch_file.read().keys) == 1
    assert all(opens(one) for one in kept)


def test_a_key_erased_while_its_epoch_ends_is_gone_in_the_end(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, other = keep(), keep()
    at = clock.now()
    wrapping = pause_before(monkeypatch, epochs, "_wrap_some_anew")
    rotated = callers.start(renew)
    wrapping.reached()
    erased = callers.start(keys.destroy, kept[0], at=at)
    wrapping.go_on()
    result(rotated)
    assert result(erased)
    epochs.renew(at + epochs.GATHER)
    assert epochs.gone([kept[0], other[0]]) == {kept[0]}
    assert opens(other)


@pytest.mark.parametrize(
    ("place", "after"),
    [("_text", 0), ("_sync", 0), ("_wrap_some_anew", 0), ("_wrap_some_anew", 1), ("_text", 1), ("_sync", 1)],
)
def test_a_process_that_is_killed_leaves_everything_to_the_next(place: str, after: int) -> None:
    """LAW 26. The kernel ends it: nothing is tidied up behind it."""
    erased, *kept = [keep() for _ in range(MANY)]
    keys.destroy(erased[0], at=clock.now())
    names = [str(connections[alias].settings_dict["NAME"]) for alias in ("default", "keys")]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "campus.settings", "DEBUG": "1"}
    command = [sys.executable, "-c", DIES, *names, str(settings.VAULT_EPOCH_FILE), place, str(after)]
    died = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert all(opens(one) for one in kept)
    kept.append(keep())
    epochs.renew(clock.now() + epochs.GATHER)
    assert all(opens(one) for one in kept)
    assert epochs.gone([erased[0]]) == {erased[0]}
    assert len(epoch_file.read().keys) == 1
    assert [path.name for path in settings.VAULT_EPOCH_FILE.parent.iterdir()] == ["epoch.json"]
