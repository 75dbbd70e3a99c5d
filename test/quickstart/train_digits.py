#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains digits.onnx: a small convolutional net on scikit-learn's handwritten digits (8 x 8).

Writes digits.onnx, digit.npy (one image that the net was not trained on) and held_out.npz (all of those,
their classes, and the net's probabilities as NumPy computes them) beside this file. Plain NumPy; seeded, so that it gives the same files again.
needs: numpy, onnx, scikit-learn
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

FOLDER = pathlib.Path(__file__).parent
FILTERS, EPOCHS, BATCH, RATE = 24, 40, 32, 2e-3


def patches(images):
    """[N, 1, 8, 8] -> [N, 64, 9]: the 3 x 3 neighbours of each pixel, zero outside."""
    padded = np.pad(images[:, 0], ((0, 0), (1, 1), (1, 1)))
    shifted = [padded[:, y:y + 8, x:x + 8] for y in range(3) for x in range(3)]
    return np.stack(shifted, -1).reshape(len(images), 64, 9)


def forward(images, p):
    """The scores, and what the gradient needs."""
    window = patches(images)
    conv = window @ p["conv.weight"].reshape(FILTERS, 9).T + p["conv.bias"]
    cells = np.maximum(conv, 0).reshape(-1, 4, 2, 4, 2, FILTERS).transpose(0, 5, 1, 3, 2, 4)
    cells = cells.reshape(-1, FILTERS, 4, 4, 4)
    flat = cells.max(-1).reshape(len(images), -1)
    return flat @ p["dense.weight"] + p["dense.bias"], (window, cells, flat)


def gradients(images, classes, p):
    scores, (window, cells, flat) = forward(images, p)
    soft = np.exp(scores - scores.max(1, keepdims=True))
    error = soft / soft.sum(1, keepdims=True)
    error[np.arange(len(classes)), classes] -= 1
    error /= len(classes)
    best = np.arange(4) == cells.argmax(-1)[..., None]
    back = (error @ p["dense.weight"].T).reshape(cells.shape[:-1])[..., None] * best * (cells > 0)
    back = back.reshape(-1, FILTERS, 4, 4, 2, 2).transpose(0, 2, 4, 3, 5, 1).reshape(-1, FILTERS)
    return {"conv.weight": (back.T @ window.reshape(-1, 9)).reshape(FILTERS, 1, 3, 3), "conv.bias": back.sum(0),
            "dense.weight": flat.T @ error, "dense.bias": error.sum(0)}


def train(images, classes, rng):
    draw = lambda deviation, *shape: (deviation * rng.standard_normal(shape)).astype(np.float32)
    p = {"conv.weight": draw(0.4, FILTERS, 1, 3, 3), "conv.bias": np.zeros(FILTERS, np.float32),
         "dense.weight": draw(0.05, 16 * FILTERS, 10), "dense.bias": np.zeros(10, np.float32)}
    mean, square = ({name: np.zeros_like(value) for name, value in p.items()} for _ in range(2))
    step = 0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        for part in np.array_split(order, len(order) // BATCH):
            step += 1
            for name, slope in gradients(images[part], classes[part], p).items():
                slope = slope + 1e-4 * p[name]
                mean[name] = 0.9 * mean[name] + 0.1 * slope
                square[name] = 0.999 * square[name] + 0.001 * slope**2
                size = RATE * (1 - epoch / EPOCHS) / (1 - 0.9**step)
                p[name] -= (size * mean[name] / (np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8)).astype(np.float32)
    return p


def to_onnx(p):
    nodes = [
        helper.make_node("Conv", ["image", "conv.weight", "conv.bias"], ["conv"], "conv",
                         kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv"], ["relu"], "relu"),
        helper.make_node("MaxPool", ["relu"], ["pool"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pool"], ["flat"], "flatten"),
        helper.make_node("Gemm", ["flat", "dense.weight", "dense.bias"], ["scores"], "dense"),
        helper.make_node("Softmax", ["scores"], ["probabilities"], "softmax", axis=1),
    ]
    graph = helper.make_graph(
        nodes, "digits", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in p.items()])
    model = helper.make_model(graph, producer_name="train_digits.py",
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[:, None]
    rng = np.random.default_rng(2)
    order = rng.permutation(len(images))
    held_out, rest = order[:450], order[450:]
    p = train(images[rest], digits.target[rest], rng)
    right = forward(images[held_out], p)[0].argmax(1) == digits.target[held_out]
    print(f"{right.sum()} of {len(right)} held-out digits are right: {right.mean():.1%}")
    onnx.save(to_onnx(p), FOLDER / "digits.onnx")
    sample = held_out[0]
    np.save(FOLDER / "digit.npy", images[sample:sample + 1])
    scores = forward(images[held_out], p)[0].astype(np.float64)
    soft = np.exp(scores - scores.max(1, keepdims=True))
    np.savez_compressed(FOLDER / "held_out.npz", image=(16 * images[held_out]).astype(np.uint8),
                        digit=digits.target[held_out].astype(np.uint8),
                        probabilities=(soft / soft.sum(1, keepdims=True)).astype(np.float32))
    print(f"digit.npy is a {digits.target[sample]}")


if __name__ == "__main__":
    main()
