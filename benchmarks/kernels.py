# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of one kernel each, by family: what compare_ort.py --kernels times."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def model(nodes, inputs, weights=()):
    """`inputs`: name -> shape; `weights`: name -> shape of normal numbers, or an array. The output is y."""
    random = np.random.default_rng(5)
    tensors = []
    for name, value in dict(weights).items():
        if not isinstance(value, np.ndarray):
            value = (random.standard_normal(value) / np.sqrt(np.prod(value[1:]))).astype(np.float32)
        tensors.append(numpy_helper.from_array(value, name))
    graph = helper.make_graph(
        nodes, "kernel",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def matmul(m, k, n):
    return model([helper.make_node("MatMul", ["x", "w"], ["y"])], {"x": [m, k]}, {"w": [k, n]})


def batched(batch, m, k, n):
    return model([helper.make_node("MatMul", ["x", "z"], ["y"])], {"x": [batch, m, k], "z": [batch, k, n]})


def conv(channels, size, outputs, window, stride=1, groups=1, dilation=1):
    pad = dilation * (window // 2)
    node = helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[pad] * 4, strides=[stride] * 2, group=groups,
                            dilations=[dilation] * 2)
    return model([node, helper.make_node("Relu", ["c"], ["y"])], {"x": [1, channels, size, size]},
                 {"w": [outputs, channels // groups, window, window], "b": [outputs]})


def attention(heads, queries, size):
    nodes = [helper.make_node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
             helper.make_node("MatMul", ["q", "kt"], ["s"]),
             helper.make_node("Mul", ["s", "scale"], ["scaled"]),
             helper.make_node("Softmax", ["scaled"], ["p"], axis=-1),
             helper.make_node("MatMul", ["p", "v"], ["y"])]
    shape = [heads, queries, size]
    return model(nodes, {"q": shape, "k": shape, "v": shape}, {"scale": np.array(size ** -0.5, np.float32)})


def single(op, shape, weights=(), **attributes):
    return model([helper.make_node(op, ["x", *dict(weights)], ["y"], **attributes)], {"x": shape}, weights)


def lstm(steps, size):
    return model([helper.make_node("LSTM", ["x", "w", "r"], ["", "y"], hidden_size=size)],
                 {"x": [steps, 1, size]}, {"w": [1, 4 * size, size], "r": [1, 4 * size, size]})


def families():
    """Name -> model."""
    swish = [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("Mul", ["x", "s"], ["y"])]
    return {
        "contraction 512x512x512": matmul(512, 512, 512),
        "contraction 128x768x3072": matmul(128, 768, 3072),
        "contraction, small M 4x1024x1024": matmul(4, 1024, 1024),
        "contraction, GEMV 1x4096x4096": matmul(1, 4096, 4096),
        "contraction, batched 12x128x64x128": batched(12, 128, 64, 128),
        "convolution, stem 7x7/2": conv(3, 224, 64, 7, 2),
        "convolution 3x3 64ch": conv(64, 56, 64, 3),
        "convolution 3x3 256ch": conv(256, 14, 256, 3),
        "convolution 3x3/2 128ch": conv(128, 56, 128, 3, 2),
        "convolution 3x3 dilated": conv(64, 28, 64, 3, 1, 1, 2),
        "convolution 3x3 32 groups": conv(128, 28, 128, 3, 1, 32),
        "convolution 1x1 256ch": conv(256, 28, 256, 1),
        "convolution, depthwise 3x3": conv(144, 56, 144, 3, 1, 144),
        "attention 12x128x64": attention(12, 128, 64),
        "row, softmax 1536x128": single("Softmax", [1536, 128], axis=-1),
        "row, layer norm 128x768": single("LayerNormalization", [128, 768], {"g": [768], "b": [768]}, axis=-1),
        "row, reduce mean 512x4096": single("ReduceMean", [512, 4096], {"axes": np.array([1])}),
        "pointwise, swish 1M": model(swish, {"x": [1 << 20]}),
        "pointwise, erf 1M": single("Erf", [1 << 20]),
        "window, max pool 3x3/2": single("MaxPool", [1, 64, 112, 112], kernel_shape=[3, 3], strides=[2, 2],
                                         pads=[1, 1, 1, 1]),
        "window, resize x2": single("Resize", [1, 32, 56, 56], {
            "roi": np.zeros(0, np.float32), "scales": np.array([1, 1, 2, 2], np.float32)},
            mode="linear", coordinate_transformation_mode="half_pixel"),
        "recurrence, LSTM 64x256": lstm(64, 256),
        "copy, transpose 1024x1024": single("Transpose", [1024, 1024], perm=[1, 0]),
        "copy, gather 4096x256": model([helper.make_node("Gather", ["w", "i"], ["g"]),
                                        helper.make_node("Add", ["g", "x"], ["y"])], {"x": [256]},
                                       {"w": [10000, 256], "i": np.arange(4096) * 7 % 10000}),
    }


def write(folder):
    """Writes all models; the paths in order."""
    paths = []
    for name, content in families().items():
        paths.append(folder / f"{name}.onnx".replace("/", " by "))
        onnx.save(content, paths[-1])
    return paths
