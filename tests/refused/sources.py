"""The product's own sources, read as Python reads them: what they name, what they import, what they say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("campus", "enrollment", "gates", "running")


@cache
def product() -> dict[str, ast.Module]:
    """Return every module of the product by its path, but for migrations."""
    paths = (path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py")))
    return {
        str(path.relative_to(PROJECT)): ast.parse(path.read_text()) for path in paths if "migrations" not in path.parts
    }


def names(tree: ast.AST) -> Iterator[str]:
    """Yield every identifier that a piece of code uses or makes."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield value


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield what a piece of code imports, by its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def strings(tree: ast.AST) -> Iterator[str]:
    """Yield every string that a piece of code says, docstrings included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def using(*wanted: str) -> set[str]:
    """Return the modules of the product that name one of these."""
    return {path for path, tree in product().items() if set(wanted) & set(names(tree))}


def importing(*wanted: str) -> set[str]:
    """Return the modules of the product that import one of these, or something from one."""
    return {
        path
        for path, tree in product().items()
        if any(f"{found}.".startswith(f"{name}.") for found in imports(tree) for name in wanted)
    }


def locked() -> set[str]:
    """Return the name of every package in the two locks."""
    text = "\n".join((PROJECT / lock).read_text() for lock in ("requirements.txt", "requirements-dev.txt"))
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE))


def pages() -> dict[str, str]:
    """Return every template and script of the product by its path; a page's minified library isn't ours."""
    paths = [*(PROJECT / "templates").rglob("*"), *(PROJECT / "static").rglob("*.js")]
    return {
        str(path.relative_to(PROJECT)): path.read_text()
        for path in paths
        if path.is_file() and "vendor" not in path.parts
    }
