# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The cases of the ONNX backend suite: from the archive, or from the onnx package."""
import dataclasses
import pathlib
import re
import shutil
import tarfile

import numpy as np
import onnx
from onnx import numpy_helper

# No recorded output can be right for these, but by the same generator.
EXCLUDED = [
    (r"bernoulli", "draws random numbers"),
    (r"training_dropout(?!.*zero_ratio)", "draws random numbers"),
]

FLOAT16, BFLOAT16 = onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16
# The suite's own are the first. Half of a unit in the last place of f16 is 5e-4, of bf16 4e-3,
# relative; the expected values were themselves computed in these types, with several roundings.
TOLERANCES = {None: (1e-3, 1e-7), FLOAT16: (5e-3, 1e-3), BFLOAT16: (2e-2, 1e-2)}
# By name, where the recorded values are less exact than that: zeros of an inverse FFT in f32 are
# recorded as its rounding errors, up to 1.9e-7.
CASE_TOLERANCES = {"test_dft_inverse": (1e-3, 1e-6), "test_dft_inverse_opset19": (1e-3, 1e-6)}


@dataclasses.dataclass
class Case:
    name: str
    group: str
    folder: pathlib.Path
    ops: tuple  # distinct qualified names, in order
    opset: int
    rtol: float
    atol: float

    @property
    def model(self):
        return self.folder / "model.onnx"


def excluded(name):
    return next((reason for pattern, reason in EXCLUDED if re.search(pattern, name)), None)


def tolerance(model):
    """By the least precise element type among inputs and outputs."""
    types = {value.type.tensor_type.elem_type
             for value in [*model.graph.input, *model.graph.output]}
    for element in BFLOAT16, FLOAT16:
        if element in types:
            return TOLERANCES[element]
    return TOLERANCES[None]


def qualified(domain, op):
    """The name of an op, with its domain if that is not ONNX's own."""
    return op if domain in ("", "ai.onnx") else f"{domain}.{op}"


def describe(folder, group):
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    ops = tuple(dict.fromkeys(qualified(node.domain, node.op_type) for node in model.graph.node))
    opset = max([entry.version for entry in model.opset_import
                 if entry.domain in ("", "ai.onnx")], default=0)
    rtol, atol = CASE_TOLERANCES.get(folder.name) or tolerance(model)
    return Case(folder.name, group, folder, ops, opset, rtol, atol)


def write_record(folder, names, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(names, arrays):
        tensor = array if isinstance(array, onnx.TensorProto) else numpy_helper.from_array(array)
        (folder / (name + ".pb")).write_bytes(tensor.SerializeToString())


def dummy(value):
    """The input that the suite gives its light models."""
    shape = [dim.dim_value if dim.HasField("dim_value") else 1
             for dim in value.type.tensor_type.shape.dim]
    count = int(np.prod(shape))
    return (np.arange(count).reshape(shape) / count).astype(np.float32)


def fold_light(root):
    """Gives each light model, one file with its outputs beside it, a folder as the others have."""
    for path in sorted((root / "light").glob("*.onnx")):
        folder = root / "light" / path.stem
        if (folder / "test_data_set_0").exists():
            continue
        graph = onnx.load(path).graph
        constants = {tensor.name for tensor in graph.initializer}
        inputs = [value for value in graph.input if value.name not in constants]
        write_record(folder / "test_data_set_0", [f"input_{k}" for k in range(len(inputs))],
                     map(dummy, inputs))
        for output in sorted(path.parent.glob(path.stem + "_output_*.pb")):
            shutil.copy(output, folder / "test_data_set_0" / output.name[len(path.stem) + 1:])
        shutil.copy(path, folder / "model.onnx")


def make_nodes(root):
    """Writes the node cases as the package makes them."""
    from onnx.backend.test.case import node as node_cases  # slow to import

    for case in node_cases.collect_testcases(None):
        folder = root / "node" / case.name
        folder.mkdir(parents=True, exist_ok=True)
        onnx.save(case.model, folder / "model.onnx")
        for k, (inputs, outputs) in enumerate(case.data_sets):
            try:
                for kind, arrays in (("input", inputs), ("output", outputs)):
                    write_record(folder / f"test_data_set_{k}",
                                 [f"{kind}_{i}" for i in range(len(arrays))], arrays)
            except (AttributeError, TypeError, NotImplementedError):
                pass  # sequences and optionals, which are refused when compiled


def unpack(root, archive):
    """Puts the suite under root, once."""
    done = root / "complete"
    if done.exists():
        return
    root.mkdir(parents=True, exist_ok=True)
    if archive and archive.exists():
        with tarfile.open(archive) as file:
            file.extractall(root, filter="data")
    else:
        make_nodes(root)
        data = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
        for group in "simple", "pytorch-operator", "pytorch-converted", "light":
            if (data / group).exists():
                shutil.copytree(data / group, root / group, dirs_exist_ok=True)
    fold_light(root)
    done.touch()


def collect(root):
    """All cases, in order of their names."""
    found = []
    for group in sorted(path for path in root.iterdir() if path.is_dir()):
        for model in group.glob("*/model.onnx"):
            found.append(describe(model.parent, group.name))
    return sorted(found, key=lambda case: (case.group, case.name))
