# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The block of graph/main.cpp in NumPy, in double precision."""
import math

import numpy as np

WIDTH, HEADS, HIDDEN = 32, 4, 128
NORM, LINEAR = [(WIDTH,), (WIDTH,)], [(WIDTH, WIDTH), (WIDTH,)]
# The weights in the order of the file.
SHAPES = NORM + 4 * LINEAR + NORM + [(WIDTH, HIDDEN), (HIDDEN,), (HIDDEN, WIDTH), (WIDTH,)]


def norm(x, scale, shift):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-5) * scale + shift


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def attention(x, weights):
    def linear(value):
        return value @ weights.pop(0) + weights.pop(0)

    def split(value):
        return value.reshape(*x.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

    query, key, value = split(linear(x)), split(linear(x)), split(linear(x))
    scores = softmax(query @ key.transpose(0, 1, 3, 2) / math.sqrt(WIDTH // HEADS))
    return linear((scores @ value).transpose(0, 2, 1, 3).reshape(x.shape))


def feed_forward(x, weights):
    x = x @ weights.pop(0) + weights.pop(0)
    x = x / 2 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    return x @ weights.pop(0) + weights.pop(0)


def block(x, weights):
    x, weights = x.astype(np.float64), [weight.astype(np.float64) for weight in weights]
    x = x + attention(norm(x, weights.pop(0), weights.pop(0)), weights)
    return x + feed_forward(norm(x, weights.pop(0), weights.pop(0)), weights)
