# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad tensor files and artifacts: the name of each, the number of its error and the exit code,
and a function that writes the files and gives the arguments of the tool."""
import io
import os
import shutil
import struct
import subprocess

import building
import numpy as np
from onnx import TensorProto, numpy_helper

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def make_external_files(folder):
    (folder / "data.bin").write_bytes(bytes(24))
    (folder / "short.bin").write_bytes(bytes(20))
    os.symlink("data.bin", folder / "link.bin")
    (folder / "first.bin").write_bytes(bytes(24))
    os.link(folder / "first.bin", folder / "hard.bin")


def compile_artifact(sinter, folder):
    """x: f32[2,3] -> y = x + w."""
    weights = building.constant("w", [1.0] * 6, building.FLOAT, [2, 3])
    (folder / "good.onnx").write_bytes(building.unary("Add", [weights]))
    subprocess.run([sinter, "compile", folder / "good.onnx", "-o", folder / "good.so", "--quiet"],
                   check=True)
    return folder / "good.so"


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array))
    return file.getvalue()


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def proto(array):
    return numpy_helper.from_array(array, "x").SerializeToString()


def tensor(name, make):
    """Runs the good artifact with such an input file."""
    def arguments(folder, options):
        (folder / name).write_bytes(make())
        return "run", options.artifact, "--input", f"x={folder / name}"
    return arguments


def artifact(change):
    """Runs what `change` makes of the bytes of the good artifact."""
    def arguments(folder, options):
        (folder / "bad.so").write_bytes(change(options.artifact.read_bytes()))
        return "run", folder / "bad.so"
    return arguments


def flipped(data, at):
    out = bytearray(data)
    out[at] ^= 0x40
    return bytes(out)


def foreign(folder, options):
    """A shared object of another kind."""
    found = next(path for path in (shutil.which("true"), "/bin/true") if path)
    shutil.copy(found, folder / "foreign.so")
    return "run", folder / "foreign.so"


def huge_result(folder, options):
    """An output of 2^60 bytes, which no machine has."""
    made = building.model(building.node("Expand", "x s", "y"), inputs=[building.value("x", (1,))],
                          constants=[building.constant("s", [1 << 58])])
    (folder / "huge.onnx").write_bytes(made)
    subprocess.run([options.sinter, "compile", folder / "huge.onnx", "-o", folder / "huge.so",
                    "--quiet"], check=True)
    return "run", folder / "huge.so"


def header(text):
    text = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


FILES = {
    "npy of another type": ("E0509", 2, tensor("a.npy", lambda: npy(X.astype(np.int64)))),
    "npy of another shape": ("E0509", 2, tensor("a.npy", lambda: npy(X.T))),
    "npy of another rank": ("E0509", 2, tensor("a.npy", lambda: npy(X[0]))),
    "half an npy": ("E0511", 3, tensor("a.npy", lambda: npy(X)[:-12])),
    "npy of objects": ("E0513", 3, tensor("a.npy", lambda: header(
        "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }"))),
    "npy of 2^62 rows": ("E0514", 3, tensor("a.npy", lambda: header(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }"))),
    "npy that nests": ("E0510", 3, tensor("a.npy", lambda: header("(" * 60000))),
    "empty npy": ("E0510", 3, tensor("a.npy", lambda: b"")),
    "npz without the input": ("E0523", 2, tensor("a.npz", lambda: npz(a=X, b=X))),
    "half an npz": ("E0520", 3, tensor("a.npz", lambda: npz(x=X)[:150])),
    "a flipped bit in an npz": ("E0521", 3, tensor("a.npz", lambda: flipped(npz(x=X), 170))),
    "pb of another type": ("E0509", 2, tensor("a.pb", lambda: proto(X.astype(np.float64)))),
    "pb of another shape": ("E0509", 2, tensor("a.pb", lambda: proto(X.T))),
    "half a pb": ("E0530", 3, tensor("a.pb", lambda: proto(X)[:-7])),
    "random bytes as pb": ("E0530", 3, tensor("a.pb", lambda: b"\xfe" * 99)),
    "pb of strings": ("E0531", 3, tensor("a.pb", lambda: proto(np.array(["a"], object)))),
    "pb of 6-bit floats": ("E0531", 3, tensor("a.pb", lambda: TensorProto(
        data_type=28, dims=[0], name="x").SerializeToString())),
    "raw that is too short": ("E0540", 2, tensor("a.raw", lambda: bytes(20))),
    "raw that is too long": ("E0540", 2, tensor("a.raw", lambda: bytes(28))),
    "no known kind": ("E0508", 2, tensor("a.txt", lambda: b"1 2 3")),
    "an empty artifact": ("E0551", 3, artifact(lambda data: b"")),
    "half an artifact": ("E0551", 3, artifact(lambda data: data[:len(data) // 2])),
    "an artifact without its last byte": ("E0551", 3, artifact(lambda data: data[:-1])),
    "an artifact with a byte more": ("E0551", 3, artifact(lambda data: data + b"\0")),
    "a flipped bit in the code": ("E0551", 3, artifact(lambda data: flipped(data, 5000))),
    "a flipped bit in the trailer": ("E0551", 3, artifact(lambda data: flipped(data, len(data) - 50))),
    "random bytes as artifact": ("E0551", 3, artifact(lambda data: b"\x5a" * 100000)),
    "a result of 2^60 bytes": ("E0552", 3, huge_result),
    "another shared object": ("E0551", 3, foreign),
}
