"""Bring the catalogues up to what the pages say now: new strings without a translation, old ones gone."""

from __future__ import annotations

import io
from typing import Any

from babel.messages.pofile import read_po, write_po
from django.core.management.base import BaseCommand

from campus import catalogues, extraction

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


class Command(BaseCommand):
    """Writes `locale/*/LC_MESSAGES/django.po`, sorted and without line numbers, so that a change shows as one."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        words = extraction.found()
        for path in sorted((catalogues.PROJECT / "locale").glob("*/LC_MESSAGES/django.po")):
            language = path.parent.parent.name
            with path.open("rb") as handle:
                catalogue = read_po(handle, locale=language)
            catalogue.update(words, no_fuzzy_matching=True, update_creation_date=False)
            body = io.BytesIO()
            write_po(
                body,
                catalogue,
                width=0,
                no_location=True,
                omit_header=True,
                sort_output=True,
                ignore_obsolete=True,
            )
            path.write_bytes(HEADER.format(language=language).encode() + body.getvalue())
            missing = sum(1 for message in catalogue if message.id and not any(_texts(message.string)))
            self.stdout.write(f"{language}: {len(catalogue)} strings, {missing} without a translation")
        catalogues.compile_stale()


def _texts(string: Any) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)
