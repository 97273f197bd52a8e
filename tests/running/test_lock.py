"""The lock: every direct requirement is in it, pinned and hashed, and it names no registry."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from running.places import PROJECT


def direct(name: str) -> list[Requirement]:
    lines = (PROJECT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def locked(name: str) -> dict[str, list[tuple[str, int]]]:
    """Return the lock's entries: package -> its versions, each with its number of hashes."""
    entries: dict[str, list[tuple[str, int]]] = {}
    text = (PROJECT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*])?==(\S+)", line):
            entries.setdefault(canonicalize_name(found[1]), []).append((found[2], line.count("--hash=sha256:")))
    return entries


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_direct_requirement_is_locked_at_a_version_it_allows(name: str) -> None:
    lock = locked(f"{name}.txt")
    for requirement in direct(f"{name}.in"):
        versions = lock[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version, _ in versions), requirement.name


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_hashes_and_no_registry_is_named(name: str) -> None:
    assert min(hashes for versions in locked(name).values() for _, hashes in versions) > 0
    assert "://" not in (PROJECT / name).read_text()


@pytest.mark.parametrize("source", ["dlib", "face-recognition-models"])
def test_the_sources_that_need_a_compiler_are_installed_nowhere(source: str) -> None:
    text = (PROJECT / "requirements.txt").read_text()
    assert re.findall(rf"^{source}==\S+ ; (.*?) \\", text, re.MULTILINE) == ["sys_platform == 'never'"]
    assert "dlib-bin" in locked("requirements.txt")


def test_both_locks_agree_on_what_they_share() -> None:
    first, second = locked("requirements.txt"), locked("requirements-dev.txt")
    assert {name: first[name] for name in first.keys() & second} == {
        name: second[name] for name in first.keys() & second
    }


WITHOUT_DEVELOPMENT = """
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ModuleNotFoundError(name)

REFUSED = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Absent())
import django
django.setup()
for name in sys.argv[2:]:
    importlib.import_module(name)
"""
WHAT_RUNS = [
    *("celery.bin.worker", "celery.bin.beat", "celery.concurrency.prefork", "kombu.transport.redis", "campus.celery"),
    *(
        "gunicorn.app.wsgiapp",
        "gunicorn.workers.gthread",
        "campus.urls",
        "gates.tasks_extract",
        "gates.tasks_decide",
        "enrollment.tasks",
    ),
    *(
        "enrollment.faces.composed",
        "honcho.command",
        "running.stack",
        "running.prepare",
        "running.models",
        "demo.rides",
    ),
]


def test_the_product_runs_without_what_only_the_tests_need() -> None:
    only = locked("requirements-dev.txt").keys() - locked("requirements.txt").keys()
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if all(canonicalize_name(distribution) in only for distribution in distributions)
    }
    assert "pytest" in modules
    command = [sys.executable, "-c", WITHOUT_DEVELOPMENT, ",".join(sorted(modules)), *WHAT_RUNS]
    outer = {**os.environ, "DJANGO_SETTINGS_MODULE": "campus.settings"}
    done = subprocess.run(command, cwd=PROJECT, env=outer, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
