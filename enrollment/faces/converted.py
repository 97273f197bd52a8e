"""dlib's network, converted once for ONNX Runtime and kept under `var/`, named after the file it was made from."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import onnxruntime

_LAYOUT = 1
"""Rises whenever `dlib_network` makes another graph of the same weights."""


def session(weights: Path, folder: Path) -> onnxruntime.InferenceSession:
    """Return the network, ready to run on one thread; it is converted if this is the first time."""
    return load(prepare(weights, folder))


def load(path: Path) -> onnxruntime.InferenceSession:
    """Return the ONNX model in a file, ready to run on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def prepare(weights: Path, folder: Path) -> Path:
    """Return the converted network, made now if the folder has none of these weights, or only a damaged one.

    Its name ends in its own hash: a file that doesn't hold what its name says is removed and made again.
    """
    begin = f"dlib-{_digest(weights)[:16]}-{_LAYOUT}-"
    for found in folder.glob(f"{begin}*.onnx"):
        if found.stem == begin + _digest(found)[:16]:
            return found
        found.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".converting-") as name:
        made = Path(name) / "dlib.onnx"
        # In a process of its own: the converter's memory would stay with a worker for its whole life.
        command = [sys.executable, "-m", "enrollment.faces.dlib_network", str(weights), str(made)]
        subprocess.run(command, check=True, cwd=Path(__file__).resolve().parents[2])  # noqa: S603
        return made.replace(folder / f"{begin}{_digest(made)[:16]}.onnx")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
