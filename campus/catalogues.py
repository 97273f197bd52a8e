"""The words in other languages: `.po` files are kept, `.mo` files are made from them, by Babel and nothing else.

`python -m campus.catalogues` makes what is missing or old. It needs no settings, so that `make`, the tests and an
installation can call it before anything else.
"""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PROJECT = Path(__file__).resolve().parent.parent


def sources(project: Path = PROJECT) -> list[Path]:
    """Return every catalogue: the product's, and those of apps that have their own."""
    return sorted([*project.glob("locale/*/LC_MESSAGES/*.po"), *project.glob("*/locale/*/LC_MESSAGES/*.po")])


def stale(project: Path = PROJECT) -> list[Path]:
    """Return the catalogues that were not compiled since they were written."""
    return [source for source in sources(project) if _age(source.with_suffix(".mo")) < _age(source)]


def compile_stale(project: Path = PROJECT) -> None:
    """Compile what needs it. Two processes may do it at once: each puts a whole file in place."""
    for source in stale(project):
        with source.open("rb") as handle:
            catalogue = read_po(handle, locale=source.parent.parent.name, abort_invalid=True)
        unfinished = source.with_suffix(f".{os.getpid()}.tmp")
        with unfinished.open("wb") as handle:
            write_mo(handle, catalogue)
        unfinished.replace(source.with_suffix(".mo"))


def _age(path: Path) -> int:
    """Return when a file was written, in nanoseconds; 0 where there is none."""
    return path.stat().st_mtime_ns if path.exists() else 0


if __name__ == "__main__":
    compile_stale()
