"""What the pages and mails say: the strings for the catalogues, read from Python and from templates.

Django turns a template into something like Python and Babel reads that, so nothing outside Python is needed.
The words that only a kiosk shows have a catalogue of their own, in `gates/locale/`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from campus.catalogues import PROJECT

PLACES = ("campus/**/*.py", "enrollment/**/*.py", "gates/**/*.py", "templates/**/*.html", "templates/**/*.txt")
KIOSK = ("templates/kiosk/*", "gates/kiosk_*.py", "gates/messages.py", "gates/views.py")
"""Where the words stand that only a kiosk shows."""
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}

HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
"""Neither dates nor tools' names: they would change with every run."""


def found(project: Path = PROJECT) -> Catalog:
    """Return everything that is said, without translations."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for path in _files(project):
        for _line, words, _comments, context in extract("python", io.BytesIO(_source(path)), keywords=KEYWORDS):
            catalogue.add(words, context=context)
    return catalogue


def updated(path: Path, words: Catalog) -> bytes:
    """Return a catalogue with exactly these words, sorted and without line numbers, so that a change shows as one."""
    catalogue = _read(path)
    catalogue.update(words, no_fuzzy_matching=True, update_creation_date=False)
    body = io.BytesIO()
    write_po(body, catalogue, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return HEADER.format(language=path.parent.parent.name).encode() + body.getvalue()


def untranslated(path: Path) -> list[str]:
    """Return the strings of a catalogue that nobody has translated yet."""
    return [str(message.id) for message in _read(path) if message.id and not (message.string and all(message.string))]


def _read(path: Path) -> Catalog:
    with path.open("rb") as handle:
        return read_po(handle, locale=path.parent.parent.name, abort_invalid=True)


def _files(project: Path) -> Iterator[Path]:
    for place in PLACES:
        for path in sorted(project.glob(place)):
            name = str(path.relative_to(project))
            if not any(fnmatch(name, pattern) for pattern in KIOSK) and "migrations" not in path.parts:
                yield path


def _source(path: Path) -> bytes:
    text = path.read_text()
    if path.suffix != ".py":
        # What stands between the words became runs of X; their indentation means nothing to Python.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    return text.encode()
