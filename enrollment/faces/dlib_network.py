"""dlib's face recognition network as an ONNX graph: the same numbers in the same order, so the same templates.

The architecture is that of dlib's `dnn_face_recognition_ex.cpp`: 29 convolutions with an affine layer each, folded
into them here, in one level of plain residual blocks and four that halve the picture.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from enrollment.faces.dlib_weights import UnknownWeightsError, Weights, read

SIDE = 150
"""Input: chips of so many pixels squared, N x 150 x 150 x 3, RGB, uint8."""

_MEAN = np.array([122.782, 117.001, 104.298], dtype=np.float64)
_SCALE = 256.0
_LEVELS = ((32, 3, 0), (64, 3, 0), (128, 2, 0), (256, 2, 1), (256, 0, 1))
"""Channels, plain blocks, and the pixels by which the halved way is smaller than its shortcut. All levels but the
first begin with a halving block; their sides are 35, 17, 8, 4 and 2 pixels."""
_OPSET = 17
_NOTHING = np.empty(0, dtype=np.float32)


def graph(weights: Weights) -> onnx.ModelProto:
    """Return the network: `chips` in, `templates` (N x 128, not normalized) out."""
    builder = _Builder(weights)
    chips = builder.add("Cast", ["chips"], to=TensorProto.FLOAT)
    value = builder.add("Transpose", [chips], perm=[0, 3, 1, 2])
    value = builder.convolved(value, channels=3, size=7, stride=2, padding=0, first=True)
    value = builder.add("MaxPool", [builder.add("Relu", [value])], kernel_shape=[3, 3], strides=[2, 2])
    channels = _LEVELS[0][0]
    for number, (wider, plain, missing) in enumerate(_LEVELS):
        if number > 0:
            value = builder.halved(value, channels, wider, missing)
            channels = wider
        for _ in range(plain):
            value = builder.residual(value, channels)
    value = builder.add("Flatten", [builder.add("GlobalAveragePool", [value])])
    builder.add("MatMul", [value, builder.constant(weights.product)], output="templates")
    return builder.model()


class _Builder:
    """Adds nodes one after the other, taking the weights in forward order."""

    def __init__(self, weights: Weights) -> None:
        self._layers: Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]] = zip(
            weights.convolutions, weights.affines, strict=True
        )
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        """Add a node and return the name of what comes out of it."""
        name = output or f"value{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, numbers: NDArray[np.generic]) -> str:
        """Add numbers and return their name."""
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(numbers), name))
        return name

    def convolved(
        self, value: str, *, channels: int, size: int = 3, stride: int = 1, padding: int = 1, first: bool = False
    ) -> str:
        """Add the next convolution, its affine layer folded into it; the first takes the pixels as they are."""
        flat, affine = next(self._layers, (_NOTHING, _NOTHING))
        outputs = affine.size // 2
        if not outputs or flat.size != outputs * (channels * size * size + 1):
            raise UnknownWeightsError(f"a convolution of {flat.size} numbers, {channels} x {size} x {size} expected")
        gamma, beta = affine[:outputs].astype(np.float64), affine[outputs:].astype(np.float64)
        filters = flat[:-outputs].astype(np.float64).reshape(outputs, channels, size, size)
        biases = flat[-outputs:].astype(np.float64)
        if first:
            biases = biases - np.einsum("ochw,c->o", filters, _MEAN) / _SCALE
            filters = filters / _SCALE
        folded = (filters * gamma[:, None, None, None]).astype(np.float32)
        shifts = (biases * gamma + beta).astype(np.float32)
        inputs = [value, self.constant(folded), self.constant(shifts)]
        return self.add("Conv", inputs, kernel_shape=[size, size], strides=[stride, stride], pads=[padding] * 4)

    def residual(self, value: str, channels: int) -> str:
        """Add a plain residual block."""
        inner = self.add("Relu", [self.convolved(value, channels=channels)])
        inner = self.convolved(inner, channels=channels)
        return self.add("Relu", [self.add("Add", [inner, value])])

    def halved(self, value: str, channels: int, wider: int, missing: int) -> str:
        """Add a block that halves the picture. Where its two ways differ in size, zeros fill up the smaller."""
        inner = self.add("Relu", [self.convolved(value, channels=channels, stride=2, padding=0)])
        inner = self.convolved(inner, channels=wider)
        shortcut = self.add("AveragePool", [value], kernel_shape=[2, 2], strides=[2, 2])
        inner = self._filled(inner, channels=0, pixels=missing)
        shortcut = self._filled(shortcut, channels=wider - channels, pixels=0)
        return self.add("Relu", [self.add("Add", [inner, shortcut])])

    def _filled(self, value: str, *, channels: int, pixels: int) -> str:
        if not channels and not pixels:
            return value
        amounts = np.array([0, 0, 0, 0, 0, channels, pixels, pixels], dtype=np.int64)
        return self.add("Pad", [value, self.constant(amounts)], mode="constant")

    def model(self) -> onnx.ModelProto:
        """Return the finished model, checked."""
        if next(self._layers, None) is not None:
            raise UnknownWeightsError("more convolutions than the network has")
        chips = helper.make_tensor_value_info("chips", TensorProto.UINT8, ["n", SIDE, SIDE, 3])
        templates = helper.make_tensor_value_info("templates", TensorProto.FLOAT, ["n", 128])
        made = helper.make_graph(self._nodes, "dlib_face_recognition_resnet", [chips], [templates], self._constants)
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def convert(source: Path, target: Path) -> None:
    """Write the network with the weights of dlib's file."""
    target.write_bytes(graph(read(source.read_bytes())).SerializeToString())


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
