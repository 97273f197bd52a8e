"""The catalogues hold every word that a page or a mail says, in every language, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import formats
from pytest_django import Settings

from campus import catalogues, checks, extraction

LOCALES = ["zh_Hant", "zh_Hans"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%[a-z]|</?\w+>")
CHINESE = r"[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{CHINESE}\s*[,;:!?]|{CHINESE}\.|[,;:!?]\s*{CHINESE}|{CHINESE}\(|\){CHINESE}")
TEMPLATES = sorted((catalogues.PROJECT / "templates").rglob("*.html"))
TAGS = re.compile(
    r"{% block width %}\w+|{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{{.*?}}|{#.*?#}"
    r"|<(script|style|kbd)\b.*?</\1>|<!doctype[^>]*>",
    re.DOTALL,
)
NOT_TRANSLATED = {"Campus", "Gate", "English", "Enter", "Esc"}
DANGLING = {"or", "and", "with", "the", "a", "is", "that"}


@pytest.fixture(scope="module")
def said() -> Catalog:
    return extraction.found()


def catalogue(locale: str) -> Catalog:
    path = catalogues.PROJECT / "locale" / locale / "LC_MESSAGES" / "django.po"
    with path.open("rb") as handle:
        return read_po(handle, locale=locale, abort_invalid=True)


def entries(of: Catalog) -> Iterator[Message]:
    return (message for message in of if message.id)


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalogue_has_exactly_what_is_said(said: Catalog, locale: str) -> None:
    path = catalogues.PROJECT / "locale" / locale / "LC_MESSAGES" / "django.po"
    wanted = {(message.context, str(message.id)) for message in entries(said)}
    there = {(message.context, str(message.id)) for message in entries(catalogue(locale))}
    assert wanted - there == set(), "run make catalogues, then translate"
    assert there - wanted == set(), "run make catalogues: nothing says this any more"
    assert extraction.updated(path, said) == path.read_bytes(), "run make catalogues"
    assert extraction.untranslated(path) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_string_has_a_translation_that_somebody_stands_by(locale: str) -> None:
    for message in entries(catalogue(locale)):
        assert all(forms(message.string)), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_fills_in_what_its_original_fills_in(locale: str) -> None:
    words = catalogue(locale)
    for message in entries(words):
        assert list(message.check(words)) == [], message.id
        wanted = {frozenset(PLACEHOLDER.findall(form)) for form in forms(message.id)}
        for form in forms(message.string):
            assert frozenset(PLACEHOLDER.findall(form)) in wanted, message.id
            assert form.count("|") == forms(message.id)[0].count("|"), message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_every_plural_form_is_there(locale: str) -> None:
    words = catalogue(locale)
    for message in entries(words):
        if message.pluralizable:
            assert len(forms(message.string)) == words.num_plurals, message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_chinese_has_full_width_punctuation_and_its_own_quotation_marks(locale: str) -> None:
    foreign = "“”‘’" if locale == "zh_Hant" else "「」『』"
    for message in entries(catalogue(locale)):
        for form in forms(message.string):
            plain = PLACEHOLDER.sub("某", form)
            assert not HALF_WIDTH.search(plain), form
            assert not set(foreign) & set(form), form


def test_no_string_is_a_piece_of_a_sentence(said: Catalog) -> None:
    for message in entries(said):
        for form in forms(message.id):
            assert form == form.strip(), form
            last = form.split()[-1]
            assert len(form.split()) == 1 or last not in DANGLING, form


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(catalogues.PROJECT)))
def test_a_template_says_nothing_past_the_catalogue(path: Path) -> None:
    text = TAGS.sub("", path.read_text())
    spoken = re.findall(r'\b(?:alt|title|placeholder|aria-label)="([^"]+)"', text)
    spoken.append(re.sub(r"<[^>]*>|&\w+;", " ", text))
    assert {word for piece in spoken for word in re.findall(r"[A-Za-z]{2,}", piece)} <= NOT_TRANSLATED


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(catalogues.PROJECT)))
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_date_is_written_by_a_format_that_every_language_has(path: Path, language: str) -> None:
    for name in re.findall(r"""\|date:["']([^"']+)["']""", path.read_text()):
        if name not in ("Y-m-d", "Y-m"):  # In addresses, where a machine reads it.
            assert formats.get_format(name, lang=language) != name, f"{name} is in no formats.py"


# ------------------------------------------------------------ compiling


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one catalogue, as a clone has it: never compiled."""
    folder = tmp_path / "locale" / "zh_Hant" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr "Language: zh_Hant\\n"\n\nmsgid "Yes"\nmsgstr "同意"\n')
    return tmp_path


def test_a_catalogue_is_compiled_once_and_again_when_it_changes(project: Path) -> None:
    source = project / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
    assert catalogues.stale(project) == [source]
    catalogues.compile_stale(project)
    assert catalogues.stale(project) == []
    with source.with_suffix(".mo").open("rb") as handle:
        assert [message.string for message in entries(read_mo(handle))] == ["同意"]
    later = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (later, later))
    assert catalogues.stale(project) == [source]


def test_e009_words_that_were_not_compiled_stop_start_up(
    project: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(catalogues, "stale", lambda: catalogues.sources(project))
    (found,) = checks.words_are_compiled(None)
    assert found.id == "campus.E009"
    assert "zh_Hant is not compiled; run python -m campus.catalogues" in found.msg


def test_this_run_has_compiled_them() -> None:
    assert checks.words_are_compiled(None) == []
