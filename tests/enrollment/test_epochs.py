"""The end of an epoch: what was erased opens with nothing that is left, and what was not opens as before."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from campus import sealing
from enrollment.vault import epoch_check, epoch_file, epochs, keys
from enrollment.vault.models import DataKey, Destruction
from tests.personas import AT

LATER = AT + epochs.GATHER
BINDING = keys.Binding(uuid4(), uuid4(), "gate_access", "drawn-1")


class Killed(BaseException):
    """The process was ended at this point, by somebody who asked nobody."""


@pytest.fixture(autouse=True)
def vault(db: None, settings: Settings, tmp_path: Any) -> None:
    """An epoch file of the test's own."""
    settings.VAULT_EPOCH_FILE = tmp_path / "vault" / "epoch.json"
    epoch_file.make()


def kept(count: int = 1) -> dict[UUID, bytes]:
    """Make so many references, and return what they hold."""
    plain = {uuid4(): f"template {number}".encode() for number in range(count)}
    return {reference: keys.encrypt(reference, text, binding=BINDING, at=AT) for reference, text in plain.items()}


def opens(reference: UUID, blob: bytes) -> bytes:
    return keys.decrypt(reference, blob, binding=BINDING)


def everything_opens(blobs: dict[UUID, bytes]) -> bool:
    one_by_one = all(opens(reference, blob).startswith(b"template") for reference, blob in blobs.items())
    return one_by_one and len(keys.decrypt_many({key: (blob, BINDING) for key, blob in blobs.items()})) == len(blobs)


def opened_by_what_is_left(wrapped: bytes, reference: UUID) -> list[str]:
    """Try every key that there is on a copy of a wrapped data key, and return which opened it."""
    ring = epoch_file.read()
    tried = {f"epoch {number}": key for number, key in ring.keys.items()} | {"root": ring.root}
    tried |= {f"data key {row.reference}": epochs.unwrapped(row, ring) for row in DataKey.objects.all()}
    found = []
    for name, key in tried.items():
        for epoch in range(1, ring.newest + 1):
            try:
                sealing.unseal(key, wrapped, bound_to=f"data key|{reference}|{epoch}")
            except sealing.Tampered:
                continue
            found.append(name)
    return found


# ------------------------------------------------------------ ending an epoch


def test_a_copy_of_an_erased_key_opens_until_its_epoch_ends_and_never_after() -> None:
    """LAW 26."""
    (reference, _), *_ = kept().items()
    others = kept(3)
    copy = bytes(DataKey.objects.get(reference=reference).wrapped)
    assert keys.destroy(reference, at=AT)
    assert opened_by_what_is_left(copy, reference) == ["epoch 1"]
    assert epochs.renew(LATER) == 2
    assert opened_by_what_is_left(copy, reference) == []
    assert everything_opens(others)
    assert list(epoch_file.read().keys) == [2]
    assert set(DataKey.objects.values_list("epoch", flat=True)) == {2}


def test_erasures_of_one_minute_share_an_epoch() -> None:
    first, second, third = kept(3)
    keys.destroy(first, at=AT)
    assert epochs.renew(LATER - timedelta(seconds=1)) is None
    keys.destroy(second, at=LATER - timedelta(seconds=1))
    assert epochs.renew(LATER) == 2
    assert epochs.gone([first, second, third]) == {first, second}
    assert epochs.renew(LATER + timedelta(hours=1)) is None


def test_without_an_erasure_no_epoch_begins() -> None:
    kept()
    assert epochs.renew(LATER) is None
    assert not keys.destroy(uuid4(), at=AT)
    assert epochs.renew(LATER) is None


def test_a_key_counts_as_gone_only_when_its_epoch_has_ended() -> None:
    (reference,) = kept()
    assert epochs.gone([reference]) == set()
    keys.destroy(reference, at=AT)
    assert epochs.gone([reference]) == set()
    epochs.renew(LATER)
    assert epochs.gone([reference]) == {reference}
    assert not Destruction.objects.exists()


def test_which_keys_open_is_told_without_opening_anything() -> None:
    opening, changed, erased = kept(3)
    bound = uuid4()
    keys.encrypt(bound, b"template", binding=BINDING, at=AT, card_key=b"c" * 32)
    DataKey.objects.filter(reference=changed).update(wrapped=b"x" * 64)
    keys.destroy(erased, at=AT)
    assert keys.that_open([opening, changed, erased, bound, uuid4()]) == {opening, bound}


def test_more_keys_than_one_batch_are_all_wrapped_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs, "BATCH", 4)
    first, *_ = blobs = kept(11)
    keys.destroy(first, at=AT)
    del blobs[first]
    epochs.renew(LATER)
    assert everything_opens(blobs)


def test_a_key_that_somebody_has_changed_holds_up_nobody_else() -> None:
    changed, erased, *_ = blobs = kept(3)
    DataKey.objects.filter(reference=changed).update(wrapped=b"x" * 64)
    keys.destroy(erased, at=AT)
    assert epochs.renew(LATER) == 2
    assert epochs.gone([erased]) == {erased}
    del blobs[erased], blobs[changed]
    assert everything_opens(blobs)
    with pytest.raises(keys.KeyDestroyed):
        opens(changed, b"")


# ------------------------------------------------------------ killed at any point


PLACES = ["the draft", "the new name", "the old bytes", "the batch", "the last step"]


def kill_at(place: str, patch: pytest.MonkeyPatch) -> None:
    """Let the process die where it comes to this place for the first time."""

    def die(*args: Any, **kwargs: Any) -> Any:
        raise Killed

    def die_after(function: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **kwargs: Any) -> Any:
            function(*args, **kwargs)
            raise Killed

        return done

    if place == "the draft":
        patch.setattr(epoch_file, "_text", die)
    elif place == "the new name":
        patch.setattr("pathlib.Path.replace", die)
    elif place == "the old bytes":
        patch.setattr(epoch_file, "_sync", die)
    elif place == "the batch":
        patch.setattr(epochs, "_wrap_some_anew", die_after(epochs._wrap_some_anew))
    else:
        patch.setattr(epochs, "_wrap_some_anew", lambda ring: die() if not _left(ring) else _wrap(ring))


_wrap = epochs._wrap_some_anew


def _left(ring: epoch_file.Ring) -> bool:
    return DataKey.objects.exclude(epoch=ring.newest).exists()


@pytest.mark.parametrize("place", PLACES)
def test_whoever_is_killed_at_any_point_leaves_work_that_another_process_finishes(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 26."""
    monkeypatch.setattr(epochs, "BATCH", 2)
    erased, *_ = blobs = kept(6)
    copy = bytes(DataKey.objects.get(reference=erased).wrapped)
    del blobs[erased]
    keys.destroy(erased, at=AT)
    with monkeypatch.context() as patch:
        kill_at(place, patch)
        with pytest.raises(Killed):
            epochs.renew(LATER)
    assert everything_opens(blobs)  # Nothing is lost meanwhile,
    new = kept()
    assert everything_opens(new)  # and who is enrolled meanwhile is.
    epochs.renew(LATER)
    assert everything_opens(blobs | new)
    assert epochs.gone([erased]) == {erased}
    assert opened_by_what_is_left(copy, erased) == []
    left = sorted(path.name for path in django_settings.VAULT_EPOCH_FILE.parent.iterdir())
    assert left == ["epoch.json"]


def test_a_key_erased_while_an_epoch_is_half_begun_waits_for_the_one_after() -> None:
    """LAW 26."""
    first, second, *_ = blobs = kept(3)
    keys.destroy(first, at=AT)
    epochs._step(LATER, at_once=False)
    epochs._step(LATER, at_once=False)
    copy = bytes(DataKey.objects.get(reference=second).wrapped)  # Under the new epoch's key already.
    keys.destroy(second, at=LATER)
    epochs.renew(LATER)
    assert epochs.gone([first, second]) == {first}
    assert opened_by_what_is_left(copy, second) == ["epoch 2"]
    epochs.renew(LATER + epochs.GATHER)
    assert epochs.gone([first, second]) == {first, second}
    assert opened_by_what_is_left(copy, second) == []
    del blobs[first], blobs[second]
    assert everything_opens(blobs)


def test_the_old_file_is_overwritten_and_not_just_let_go() -> None:
    path = django_settings.VAULT_EPOCH_FILE
    with path.open("rb") as handle:
        before = epoch_file.read()
        epoch_file.replace(before, {2: b"k" * 32})
        assert set(handle.read()) == {0}
    assert path.stat().st_mode & 0o077 == 0
    assert epoch_file.newest() == 2


def test_who_has_read_an_older_file_replaces_nothing() -> None:
    before = epoch_file.read()
    epoch_file.replace(before, {2: b"k" * 32})
    with pytest.raises(epoch_file.Changed):
        epoch_file.replace(before, {2: b"other" * 6 + b"xx"})
    assert epoch_file.read().keys == {2: b"k" * 32}


def test_who_reads_while_the_file_is_overwritten_reads_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    good = django_settings.VAULT_EPOCH_FILE.read_text()
    texts = iter(["\0" * len(good), good])
    monkeypatch.setattr("pathlib.Path.read_text", lambda path: next(texts))
    assert epoch_file.read().newest == 1


def test_nothing_shows_a_key_in_a_log() -> None:
    ring = epoch_file.read()
    assert str(ring.keys[1]) not in repr(ring)
    assert str(ring.root) not in repr(ring)


# ------------------------------------------------------------ the root key


@pytest.fixture
def next_root(settings: Settings) -> bytes:
    settings.VAULT_ROOT_KEY_NEXT = b"n" * 32
    return b"n" * 32


def with_root(settings: Settings, root: bytes) -> None:
    settings.VAULT_ROOT_KEY, settings.VAULT_ROOT_KEY_NEXT = root, b""


def test_after_a_rotation_the_old_root_key_opens_nothing(settings: Settings, next_root: bytes) -> None:
    old, blobs = settings.VAULT_ROOT_KEY, kept(2)
    copy_of_file = settings.VAULT_EPOCH_FILE.read_text()
    call_command("rotate_root_key", verbosity=0)
    assert everything_opens(blobs)  # Processes that know both go on.
    with_root(settings, next_root)
    assert everything_opens(blobs)
    with_root(settings, old)
    with pytest.raises(sealing.Tampered):
        epoch_file.read()
    # A copy of the old file opens with the old root key, and its epoch opens no key any more.
    settings.VAULT_EPOCH_FILE.write_text(copy_of_file)
    for reference, blob in blobs.items():
        with pytest.raises(keys.KeyDestroyed):
            opens(reference, blob)


@pytest.mark.parametrize("place", PLACES)
def test_a_rotation_that_was_killed_is_finished_by_the_next(
    place: str, settings: Settings, next_root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, blobs = settings.VAULT_ROOT_KEY, kept(3)
    with monkeypatch.context() as patch:
        kill_at(place, patch)
        with pytest.raises(Killed):
            call_command("rotate_root_key", verbosity=0)
    assert everything_opens(blobs)
    call_command("rotate_root_key", verbosity=0)
    with_root(settings, next_root)
    assert everything_opens(blobs)
    with_root(settings, old)
    with pytest.raises(sealing.Tampered):
        epoch_file.read()


def test_an_epoch_that_begins_after_a_rotation_stays_under_the_new_root_key(
    settings: Settings, next_root: bytes
) -> None:
    reference, *_ = blobs = kept(2)
    call_command("rotate_root_key", verbosity=0)
    keys.destroy(reference, at=AT)
    epochs.renew(LATER)  # In a process that knows both, the old one first.
    with_root(settings, next_root)
    del blobs[reference]
    assert everything_opens(blobs)


def test_without_a_next_root_key_nothing_is_rotated(settings: Settings) -> None:
    before = settings.VAULT_EPOCH_FILE.read_text()
    for given in (b"", settings.VAULT_ROOT_KEY):
        settings.VAULT_ROOT_KEY_NEXT = given
        with pytest.raises(CommandError, match="VAULT_ROOT_KEY_NEXT"):
            call_command("rotate_root_key", verbosity=0)
    assert settings.VAULT_EPOCH_FILE.read_text() == before


# ------------------------------------------------------------ a lost file


def test_a_lost_epoch_file_is_not_silently_made_anew(settings: Settings) -> None:
    kept()
    saved = settings.VAULT_EPOCH_FILE.read_text()
    settings.VAULT_EPOCH_FILE.unlink()
    with pytest.raises(CommandError, match="is missing"):
        call_command("make_epoch", verbosity=0)
    settings.VAULT_EPOCH_FILE.write_text(saved)
    call_command("make_epoch", verbosity=0)
    assert settings.VAULT_EPOCH_FILE.read_text() == saved


def test_after_a_loss_nothing_old_opens_and_students_are_enrolled_again(settings: Settings, next_root: bytes) -> None:
    old, pending = kept(2).items()
    call_command("rotate_root_key", verbosity=0)
    keys.destroy(pending[0], at=AT)
    with_root(settings, settings.VAULT_ROOT_KEY_NEXT)
    settings.VAULT_EPOCH_FILE.unlink()
    call_command("make_epoch", "--after-loss", verbosity=0)
    with pytest.raises(keys.KeyDestroyed):
        opens(*old)
    blobs = kept(2)
    assert keys.that_open([old[0], *blobs]) == set(blobs)
    epochs.renew(LATER)  # By the number of what was pending, until that number is past.
    assert epochs.gone([pending[0]]) == {pending[0]}
    assert everything_opens(blobs)
    with pytest.raises((keys.KeyDestroyed, sealing.Tampered)):
        opens(*old)


def what_the_check_says() -> str:
    return "; ".join(f"{message.id}: {message.msg}" for message in epoch_check.epoch_file_opens(None))


def test_who_opens_references_does_not_start_without_the_file_or_with_another_root_key(settings: Settings) -> None:
    path = settings.VAULT_EPOCH_FILE
    assert what_the_check_says() == ""
    good, settings.VAULT_ROOT_KEY = settings.VAULT_ROOT_KEY, b"w" * 32
    assert what_the_check_says() == f"campus.E020: VAULT_ROOT_KEY is not the key of {path}"
    settings.VAULT_ROOT_KEY = good
    for text in ("", "{}", '{"epochs": {}}', "\0" * 40):
        path.write_text(text)
        assert what_the_check_says() == f"campus.E020: {path} is no epoch file"
    path.unlink()
    assert what_the_check_says() == f"campus.E020: {path} can't be read: No such file or directory"


def test_the_file_holds_numbers_and_wrapped_keys_and_nothing_else(settings: Settings) -> None:
    said = json.loads(settings.VAULT_EPOCH_FILE.read_text())
    assert set(said) == {"epochs"}
    assert epoch_file.read().keys[1].hex() not in settings.VAULT_EPOCH_FILE.read_text()
