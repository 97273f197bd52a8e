"""Fetches the demo's portraits: public officials' photographs, as stand-ins for students.

They lie among the tests of face_recognition's source package, which pip downloads and checks by hash.
Only the four named here are taken out of it. They stay under `var/`; no face is part of this project.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGE = "face-recognition"
RELEASE = "1.3.0"
RELEASE_SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
PORTRAITS = {
    "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    "obama3.jpg": "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
    "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
}
"""File name -> SHA-256 of the file."""

_FOLDER_IN_PACKAGE = f"face_recognition-{RELEASE}/tests/test_images"


class PortraitsMissingError(Exception):
    """The portraits could not be fetched; the message says why."""


def fetch(var: Path) -> Path:
    """Return the folder with the portraits, after downloading those that are not there yet."""
    folder = var / "demo-faces"
    if all(_is_intact(folder / name) for name in PORTRAITS):
        return folder
    print("Fetching the portraits for the demo (3 MB) ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="fetching-") as name:
        _extract(_download(Path(name)), Path(name))
        for portrait in PORTRAITS:
            (Path(name) / portrait).replace(folder / portrait)  # Atomic: the same file system.
    return folder


def _is_intact(portrait: Path) -> bool:
    """Say whether the portrait is there, and is the one we know."""
    return portrait.is_file() and hashlib.sha256(portrait.read_bytes()).hexdigest() == PORTRAITS[portrait.name]


def _download(folder: Path) -> Path:
    """Let pip download the source package, which it refuses if the hash differs, and return the archive."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE}=={RELEASE} --hash=sha256:{RELEASE_SHA256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    what = ["--no-deps", "--no-binary", PACKAGE, "--require-hashes", "-r", str(wanted), "-d", str(folder)]
    done = subprocess.run([*pip, *what], capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tar.gz"))
    if done.returncode != 0 or len(archives) != 1:
        raise PortraitsMissingError(f"pip could not download {PACKAGE} {RELEASE}:\n{done.stderr.strip()}")
    return archives[0]


def _extract(archive: Path, folder: Path) -> None:
    """Write the portraits into the folder, under names and with contents that are known beforehand."""
    with tarfile.open(archive) as package:
        for name, digest in PORTRAITS.items():
            member = package.extractfile(f"{_FOLDER_IN_PACKAGE}/{name}")
            data = member.read() if member else b""
            if hashlib.sha256(data).hexdigest() != digest:
                raise PortraitsMissingError(f"{name} in {PACKAGE} {RELEASE} is not the portrait we know")
            (folder / name).write_bytes(data)
