# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the first inputs of the fuzz targets: FOLDER/model, FOLDER/tensor and FOLDER/plan.

    build/venv/bin/python3 test/hostile/seeds.py --sinter build/dev/bin/sinter --shared ../shared FOLDER

Models are those of the tables of bad ones, and small ones of the shared folder and of the ONNX
suite if they are there; plans are those of the models that compile.
"""
import argparse
import ctypes
import hashlib
import io
import pathlib
import subprocess
import tarfile
import tempfile

import files
import models
import numpy as np

MODEL_BYTES, PLAN_BYTES = 20000, 40000
# The number of plans, which take a compilation each, and what makes those of most kinds of ops.
PLANS = 150
CONTROL = b"Loop", b"Scan", b"If", b"NonZero", b"Unique", b"Compress", b"GRU"


class Descriptor(ctypes.Structure):
    """The first fields of sinter_model_descriptor."""
    _fields_ = [("magic", ctypes.c_uint64), ("abi_version", ctypes.c_uint32),
                ("struct_size", ctypes.c_uint32), ("plan", ctypes.c_void_p),
                ("plan_length", ctypes.c_uint64)]


def write(folder, data):
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def bad_models():
    for cases in models.MODELS.values():
        for _, make in cases.values():
            yield make()


def shared_models(shared):
    for path in sorted(shared.glob("data/models/*/model.onnx")):
        yield path.read_bytes()


def suite(shared, suffix):
    """The files of the ONNX suite that end so."""
    archive = shared / "data" / "onnx-1.23-backend-tests.tar.xz"
    if archive.exists():
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.name.endswith(suffix) and member.size <= MODEL_BYTES:
                    yield opened.extractfile(member).read()


def tensors():
    for kind in "f4", "f8", "f2", "i8", "i1", "u2", "?", "c8":
        array = np.arange(12).astype(kind).reshape(3, 4)
        yield files.npy(array)
        yield files.npy(np.asfortranarray(array))
        yield files.proto(array)
    compressed = io.BytesIO()
    np.savez_compressed(compressed, x=files.X, y=files.X.T)
    yield compressed.getvalue()
    yield files.npz(x=files.X, y=files.X.T)


def plan_of(sinter, data, folder):
    """The plan of the model, or nothing if it does not compile."""
    model, artifact = folder / "model.onnx", folder / f"{hashlib.sha256(data).hexdigest()}.so"
    model.write_bytes(data)
    if subprocess.run([sinter, "compile", model, "-o", artifact, "--quiet", "-O0"],
                      stderr=subprocess.DEVNULL, check=False).returncode:
        return None
    query = ctypes.CDLL(str(artifact)).sinter_model_query
    query.restype = ctypes.POINTER(Descriptor)
    head = query(1).contents
    return ctypes.string_at(head.plan, head.plan_length)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    folders = {name: options.folder / name for name in ("model", "tensor", "plan")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    small = [data for data in [*bad_models(), *shared_models(options.shared),
                               *suite(options.shared, "model.onnx")] if len(data) <= MODEL_BYTES]
    for data in small:
        write(folders["model"], data)
    for data in [*tensors(), *list(suite(options.shared, "_0.pb"))[::40]]:
        write(folders["tensor"], data)
    with tempfile.TemporaryDirectory() as scratch:
        control = [data for data in small if any(op in data for op in CONTROL)]
        for data in [*control[:PLANS], *small[::max(1, len(small) // PLANS)]]:
            plan = plan_of(options.sinter, data, pathlib.Path(scratch))
            if plan and len(plan) <= PLAN_BYTES:
                write(folders["plan"], plan)
    for name, folder in folders.items():
        print(f"{name}: {len(list(folder.iterdir()))} seeds")


if __name__ == "__main__":
    main()
