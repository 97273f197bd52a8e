"""dlib's network, converted once for ONNX Runtime and kept under `var/`, named after the file it was made from."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

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
    """Return the converted network, made now if the folder has none of these weights."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    target = folder / f"dlib-{digest[:16]}-{_LAYOUT}.onnx"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        # In a process of its own: the converter's memory would stay with a worker for its whole life.
        command = [sys.executable, "-m", "enrollment.faces.dlib_network", str(weights), str(target)]
        subprocess.run(command, check=True, cwd=Path(__file__).resolve().parents[2])  # noqa: S603
    return target
