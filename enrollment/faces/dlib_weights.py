"""Read the tensors of dlib's face recognition network from its own file.

`dlib_face_recognition_resnet_model_v1.dat` is a flat serialisation in forward order: each layer stands by its name,
and behind it come its settings and its numbers. An integer is one byte (low four bits: how many bytes follow; high
bit: negative) and then those bytes, least first. A tensor is a version, four sizes, and float32 numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

_CONVOLUTION, _AFFINE, _PRODUCT = b"con_4", b"affine_", b"fc_2"
_TENSOR_VERSION = 2


class UnknownWeightsError(ValueError):
    """The file is not laid out like the network that is known here."""


@dataclass(frozen=True)
class Weights:
    """The network's numbers in forward order, not yet shaped."""

    convolutions: list[Numbers] = field(default_factory=list)
    """Flat: the filters (out, in, height, width), then a bias for each."""
    affines: list[Numbers] = field(default_factory=list)
    """Flat: gamma for each channel, then beta for each."""
    product: Numbers = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))
    """256 x 128."""


def read(data: bytes) -> Weights:
    """Return the weights in the bytes of the file, or raise `UnknownWeightsError`."""
    weights = Weights()
    for name, start in _layers(data):
        if name == _PRODUCT:
            _, start = _integer(data, start)
            _, start = _integer(data, start)
        shape, numbers = _tensor(data, start)
        if name == _CONVOLUTION:
            weights.convolutions.append(numbers)
        elif name == _AFFINE:
            weights.affines.append(numbers)
        else:
            weights = Weights(weights.convolutions, weights.affines, numbers.reshape(shape[0], -1))
    return weights


def _layers(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Return the name of each layer that has numbers, and where what follows the name begins."""
    places = []
    for name in (_CONVOLUTION, _AFFINE, _PRODUCT):
        # A name is written as its length and its letters, which a tensor's bytes don't spell by chance.
        spelled = bytes([1, len(name)]) + name
        start = data.find(spelled)
        while start >= 0:
            places.append((start, name))
            start = data.find(spelled, start + 1)
    for start, name in sorted(places):
        yield name, start + 2 + len(name)


def _integer(data: bytes, start: int) -> tuple[int, int]:
    """Return the integer at a place and where it ends."""
    size = data[start] & 0x0F
    value = int.from_bytes(data[start + 1 : start + 1 + size], "little")
    return (-value if data[start] & 0x80 else value), start + 1 + size


def _tensor(data: bytes, start: int) -> tuple[list[int], Numbers]:
    """Return the sizes and the flat numbers of the tensor at a place."""
    version, start = _integer(data, start)
    if version != _TENSOR_VERSION:
        raise UnknownWeightsError(f"a tensor of version {version}")
    sizes = []
    for _ in range(4):
        size, start = _integer(data, start)
        sizes.append(size)
    count = int(np.prod(sizes))
    if not 0 < count <= (len(data) - start) // struct.calcsize("<f"):
        raise UnknownWeightsError(f"a tensor of sizes {sizes}")
    return sizes, np.frombuffer(data, dtype="<f4", count=count, offset=start).astype(np.float32)
