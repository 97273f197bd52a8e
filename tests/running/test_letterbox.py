"""Whoever tries the demo reads the e-mailed sign-in codes on the terminal."""

from __future__ import annotations

from pathlib import Path

from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

from demo.mail import Letterbox, letters_to

BODY = "Hello!\n\nYour sign-in code is listed below.\n\n{code}\n\nThis mail can be safely ignored."


def send(folder: Path, *codes: str) -> None:
    letters = [
        EmailMessage("Sign in", BODY.format(code=code), "office@x.invalid", ["parent@x.invalid"]) for code in codes
    ]
    EmailBackend(file_path=str(folder)).send_messages(letters)


def test_a_code_is_read_out_once(tmp_path: Path) -> None:
    letterbox = Letterbox(tmp_path)
    send(tmp_path, "KX3F-9PQ7")
    assert list(letterbox.new()) == ["sign-in code for parent@x.invalid: KX3F-9PQ7"]
    assert list(letterbox.new()) == []


def test_each_letter_of_one_file_is_read(tmp_path: Path) -> None:
    letterbox = Letterbox(tmp_path)
    send(tmp_path, "KX3F-9PQ7", "AAAA-BBBB")
    assert [line[-9:] for line in letterbox.new()] == ["KX3F-9PQ7", "AAAA-BBBB"]


def test_a_letter_that_django_puts_into_a_file_that_was_read_is_read_too(tmp_path: Path) -> None:
    """It names a file by the second and the sender's place in memory: two in one second may share both."""
    send(tmp_path, "KX3F-9PQ7")
    (file,) = tmp_path.iterdir()
    first, letterbox = file.read_bytes(), Letterbox(tmp_path)
    second = first.replace(b"KX3F-9PQ7", b"AAAA-BBBB")
    file.write_bytes(first + second[:-20])
    assert list(letterbox.new()) == [], "it is still being written"
    file.write_bytes(first + second)
    assert list(letterbox.new()) == ["sign-in code for parent@x.invalid: AAAA-BBBB"]
    assert list(letterbox.new()) == []


def test_what_came_before_is_not_read_out(tmp_path: Path) -> None:
    send(tmp_path, "KX3F-9PQ7")
    assert list(Letterbox(tmp_path).new()) == []


def test_a_folder_that_is_not_there_yet_is_an_empty_one(tmp_path: Path) -> None:
    assert list(Letterbox(tmp_path / "mail").new()) == []


def test_whoever_waits_for_a_letter_finds_only_the_own_ones(tmp_path: Path) -> None:
    send(tmp_path, "KX3F-9PQ7", "AAAA-BBBB")
    found = letters_to(tmp_path, "parent@x.invalid")
    assert [(letter.subject, "AAAA-BBBB" in letter.words) for letter in found] == [
        ("Sign in", False),
        ("Sign in", True),
    ]
    assert letters_to(tmp_path, "ent@x.invalid") == []
