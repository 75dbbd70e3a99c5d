# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels by family: each as ONNX nodes for Sinter and as calls of torch that reach NVIDIA's libraries."""
import dataclasses
import itertools
import typing

import torch
import torch.nn.functional as F
from onnx import TensorProto, helper
from torch.nn.attention import SDPBackend, sdpa_kernel

from torch_models import dtype_of

ELEMENTS = {"fp16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16}
COLD_BYTES = 160e6  # operands in turn, so that the cache does not hold them from the last time


@dataclasses.dataclass
class Case:
    """One kernel. Functions take a dict of tensors, the names of which `inputs` and `weights` give."""

    family: str
    name: str
    precision: str
    inputs: dict  # name -> shape
    weights: dict  # name -> shape, or a number; normal numbers over the root of `fan_in`
    nodes: list  # (op, inputs, outputs, attributes); the output is y
    reference: typing.Callable  # what is right, in whatever type the tensors have
    torch: dict  # contender -> function
    flop: float = 0  # of one call; if 0, what counts is the bytes
    fan_in: int = 1
    prepare: typing.Callable = lambda tensors: {}  # more tensors, made before the clock starts
    most_sets: int = 200
    ceilings: dict = dataclasses.field(default_factory=dict)  # what moves as many bytes -> function

    def bytes(self):
        """Each operand read once, the result written once."""
        size = dtype_of(self.precision).itemsize
        shapes = [*self.inputs.values(), *self.weights.values(), self.shape()]
        return size * sum(torch.Size(shape).numel() for shape in shapes if isinstance(shape, list))

    def shape(self):
        shapes = {**self.inputs, **self.weights}
        make = lambda shape: torch.empty(shape, device="meta") if isinstance(shape, list) else shape
        return list(self.reference({name: make(shape) for name, shape in shapes.items()}).shape)

    def sets(self):
        """How many copies of the operands the cache does not hold."""
        return int(min(self.most_sets, max(2, COLD_BYTES // self.bytes() + 1)))

    def draw(self, index, device):
        """The operands of copy `index`, the same each time."""
        make = torch.Generator(device).manual_seed(1000 + index)
        normal = lambda shape: torch.randn(shape, generator=make, device=device)
        tensors = {name: normal(shape) for name, shape in self.inputs.items()}
        for name, shape in self.weights.items():
            number = not isinstance(shape, list)
            tensors[name] = torch.tensor(shape, device=device) if number else normal(shape) / self.fan_in ** 0.5
        return {name: tensor.to(dtype_of(self.precision)) for name, tensor in tensors.items()}

    def model(self, device):
        """The ONNX model: all copies side by side, names followed by their number."""
        element = ELEMENTS.get(self.precision, TensorProto.FLOAT)
        nodes, inputs, outputs, weights = [], [], [], []
        for index in range(self.sets()):
            mark = lambda names: [f"{name}_{index}" if name else "" for name in names]
            nodes += [helper.make_node(op, mark(ins), mark(outs), **attributes)
                      for op, ins, outs, attributes in self.nodes]
            inputs += [helper.make_tensor_value_info(*mark([name]), element, shape)
                       for name, shape in self.inputs.items()]
            outputs.append(helper.make_tensor_value_info(f"y_{index}", element, self.shape()))
            for name, tensor in self.draw(index, device).items():
                if name in self.weights:
                    raw = tensor.contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes()
                    weights.append(helper.make_tensor(*mark([name]), element, list(tensor.shape), raw, raw=True))
        graph = helper.make_graph(nodes, "kernel", inputs, outputs, weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)


def with_blas(library, run):
    def call(tensors):
        torch.backends.cuda.preferred_blas_library(library)
        return run(tensors)
    return call


def gemm(precision, m, n, k, gelu):
    nodes = [("MatMul", ["x", "w"], ["p"] if gelu else ["y"], {})]
    transposed = lambda t: {"wt": t["w"].T.contiguous()}
    plain = lambda t: F.linear(t["x"], t["wt"])
    contenders = {"cuBLAS": with_blas("cublas", plain), "cuBLASLt": with_blas("cublaslt", plain),
                  "cuBLAS, not transposed": with_blas("cublas", lambda t: t["x"] @ t["w"])}
    reference = lambda t: t["x"] @ t["w"]
    if gelu:
        nodes += [("Add", ["p", "b"], ["a"], {}), ("Gelu", ["a"], ["y"], {"approximate": "tanh"})]
        reference = lambda t: F.gelu(t["x"] @ t["w"] + t["b"], approximate="tanh")
        separate = lambda t: F.gelu(F.linear(t["x"], t["wt"], t["b"]), approximate="tanh")
        fused = lambda t: torch._addmm_activation(t["b"], t["x"], t["wt"].T, use_gelu=True)
        contenders = {"cuBLASLt, fused": with_blas("cublaslt", fused),
                      "cuBLASLt, GELU": with_blas("cublaslt", separate)}
    name = f"{m}x{n}x{k}{' +bias +GELU' if gelu else ''}"
    return Case("gemm", name, precision, {"x": [m, k]}, {"w": [k, n], **({"b": [n]} if gelu else {})}, nodes, reference,
                contenders, 2 * m * n * k, k, transposed)


def conv(precision, n, size, c, k, window):
    """NHWC in and out on both sides: the transposes of the ONNX model are addressing."""
    pad = window // 2
    nodes = [("Transpose", ["x"], ["i"], {"perm": [0, 3, 1, 2]}), ("Conv", ["i", "w", "b"], ["o"], {"pads": [pad] * 4}),
             ("Relu", ["o"], ["r"], {}), ("Transpose", ["r"], ["y"], {"perm": [0, 2, 3, 1]})]
    image = lambda t: t["x"].permute(0, 3, 1, 2)
    packed = lambda t: {"wp": t["w"].to(memory_format=torch.channels_last), "w2": t["w"].reshape(k, -1).contiguous()}
    fused = lambda t: torch.cudnn_convolution_relu(image(t), t["wp"], t["b"], (1, 1), (pad, pad), (1, 1), 1)
    contenders = {"cuDNN, fused": lambda t: fused(t).permute(0, 2, 3, 1),
                  "cuDNN, ReLU": lambda t: F.relu_(F.conv2d(image(t), t["wp"], t["b"], 1, pad)).permute(0, 2, 3, 1)}
    if window == 1:
        product = lambda t: torch._addmm_activation(t["b"], t["x"].reshape(-1, c), t["w2"].T)
        contenders["cuBLASLt, fused"] = with_blas("cublaslt", lambda t: product(t).reshape(n, size, size, k))
    reference = lambda t: F.relu(F.conv2d(image(t), t["w"], t["b"], 1, pad)).permute(0, 2, 3, 1)
    return Case("conv", f"b{n} {size}x{size} {c}->{k} {window}x{window} +bias +ReLU", precision,
                {"x": [n, size, size, c]}, {"w": [k, c, window, window], "b": [k]}, nodes, reference, contenders,
                2 * n * size * size * k * c * window * window, c * window * window, packed)


def with_backend(backend):
    def call(t):
        with sdpa_kernel(backend):
            return F.scaled_dot_product_attention(t["q"], t["k"], t["v"])
    return call


def attention(precision, b, h, s, d):
    shape = [b, h, s, d]
    nodes = [("Transpose", ["k"], ["kt"], {"perm": [0, 1, 3, 2]}), ("MatMul", ["q", "kt"], ["s"], {}),
             ("Mul", ["s", "scale"], ["n"], {}), ("Softmax", ["n"], ["p"], {"axis": -1}),
             ("MatMul", ["p", "v"], ["y"], {})]
    reference = lambda t: torch.softmax(t["q"] @ t["k"].transpose(2, 3) * t["scale"], -1) @ t["v"]
    backends = {"cuDNN": SDPBackend.CUDNN_ATTENTION, "flash": SDPBackend.FLASH_ATTENTION,
                "efficient": SDPBackend.EFFICIENT_ATTENTION}
    return Case("attention", f"B{b} H{h} S{s} D{d}", precision, {"q": shape, "k": shape, "v": shape},
                {"scale": d ** -0.5}, nodes, reference,
                {f"SDPA, {name}": with_backend(backend) for name, backend in backends.items()}, 4 * b * h * s * s * d)


def compiled(run):
    """As torch.compile fuses it; the caller captures."""
    return torch.compile(run, dynamic=False)


def layer_norm(precision, rows, size):
    run = lambda t: F.layer_norm(t["x"], [size], t["g"], t["b"])
    return Case("row", f"layer norm {rows}x{size}", precision, {"x": [rows, size]}, {"g": [size], "b": [size]},
                [("LayerNormalization", ["x", "g", "b"], ["y"], {"axis": -1})], run,
                {"torch": run, "torch.compile": compiled(run)})


def softmax(precision, rows, size):
    run = lambda t: torch.softmax(t["x"], -1)
    return Case("row", f"softmax {rows}x{size}", precision, {"x": [rows, size]}, {},
                [("Softmax", ["x"], ["y"], {"axis": -1})], run, {"torch": run, "torch.compile": compiled(run)})


def pointwise(precision, rows, size):
    """Against the copy of as many bytes, too: the ceiling."""
    run = lambda t: F.gelu(t["x"] + t["b"], approximate="tanh") + t["r"]
    half = rows * size * dtype_of(precision).itemsize * 3 // 2
    room = lambda t: {name: torch.zeros(half // 4, dtype=torch.int32, device=t["x"].device) for name in ("from", "to")}
    return Case("pointwise", f"bias +GELU +residual {rows}x{size}", precision,
                {"x": [rows, size], "r": [rows, size]}, {"b": [size]},
                [("Add", ["x", "b"], ["a"], {}), ("Gelu", ["a"], ["g"], {"approximate": "tanh"}),
                 ("Add", ["g", "r"], ["y"], {})], run,
                {"torch": run, "torch.compile": compiled(run)}, prepare=room, ceilings={
                    "copy": lambda t: t["to"].copy_(t["from"]),
                    "copy by a kernel": lambda t: torch.bitwise_not(t["from"], out=t["to"])})


GEMMS = ((4096, 4096, 4096), (4096, 3072, 768), (512, 768, 3072), (128, 768, 3072))
CONVS = ((56, 64, 64, 3), (28, 128, 128, 3), (14, 256, 256, 3), (7, 512, 512, 3), (28, 512, 128, 1), (28, 128, 512, 1))
ATTENTIONS = ((32, 12, 128, 64), (4, 16, 2048, 64), (4, 16, 2048, 128))


def all_cases(limit=None):
    """What is compared. With a limit no size is above it, and caches do not matter: for a try on a CPU."""

    def make(function, precision, *sizes, **others):
        sizes = [min(size, limit) for size in sizes] if limit else sizes
        found.append(function(precision, *sizes, **others))
        if limit:
            found[-1].most_sets = 2

    found = []
    for rows in (16384, 1024, 128):
        make(pointwise, "fp16", rows, 4096)
    for precision, sizes, gelu in itertools.product(("bf16", "fp16", "tf32", "fp32"), GEMMS, (False, True)):
        make(gemm, precision, *sizes, gelu=gelu)
    for batch, sizes in itertools.product((1, 32), CONVS):
        make(conv, "fp16", batch, *sizes)
    for precision, sizes in itertools.product(("bf16", "fp16"), ATTENTIONS):
        make(attention, precision, *sizes)
    for rows, size in ((16384, 4096), (4096, 768)):
        make(layer_norm, "fp16", rows, size)
    for rows, size in ((16384, 4096), (49152, 128)):
        make(softmax, "fp16", rows, size)
    return found
