# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensor files: what NumPy and onnx write is read, what the tool writes they read."""
import io
import os
import random
import struct
import unittest
import zipfile

import numpy as np
import onnx
from onnx import helper, numpy_helper
from support import FAKE, ToolTest

A = np.arange(12, dtype=np.float32).reshape(3, 4)
B = np.full((3, 4), 0.5, np.float32)
Y = (A + B) * np.array([2, 4, 6, 8], np.float32)


def npy(array, **more):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array, **more))
    return file.getvalue()


def npz(compressed, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


def header(text, version=(1, 0), magic=b"\x93NUMPY"):
    text = text.encode() + b"\n"
    return magic + bytes(version) + struct.pack("<H", len(text)) + text


class Reading(ToolTest):
    def result(self, a, b):
        """The output for the files a and b."""
        self.sinter("run", FAKE, "--input", f"a={a}", "--input", f"@1={b}", "--output-dir", "out")
        return np.load(self.path("out", "output_0.npy"))

    def test_npy(self):
        for name, array in {"c": A, "fortran": np.asfortranarray(A)}.items():
            with self.subTest(name):
                a, b = self.write("a.npy", npy(array)), self.write("b.npy", npy(B))
                np.testing.assert_array_equal(self.result(a, b), Y)

    def test_npy_versions(self):
        for version in (1, 0), (2, 0), (3, 0):
            file = io.BytesIO()
            np.lib.format.write_array(file, A, version=version)
            a, b = self.write("a.npy", file.getvalue()), self.write("b.npy", npy(B))
            np.testing.assert_array_equal(self.result(a, b), Y)

    def test_npz(self):
        for compressed in False, True:
            file = self.write("x.npz", npz(compressed, a=A, b=B))
            np.testing.assert_array_equal(self.result(file, file), Y)
            alone = self.write("one.npz", npz(compressed, other=B))
            np.testing.assert_array_equal(self.result(file, alone), Y)

    def test_pb_raw_and_typed(self):
        raw = numpy_helper.from_array(A, "a").SerializeToString()
        typed = helper.make_tensor("b", onnx.TensorProto.FLOAT, B.shape, B.flatten())
        a, b = self.write("a.pb", raw), self.write("b.pb", typed.SerializeToString())
        np.testing.assert_array_equal(self.result(a, b), Y)

    def test_raw(self):
        a, b = self.write("a.npy", npy(A)), self.write("b.raw", B.tobytes())
        self.sinter("run", FAKE, "--input", f"a={a}", "--input", f"b={b}", "--dim", "M=3",
                    "--output-dir", "out")
        np.testing.assert_array_equal(np.load(self.path("out", "output_0.npy")), Y)

    def test_empty_tensor(self):
        empty = self.write("e.npy", npy(np.zeros((0, 4), np.float32)))
        self.assertEqual(self.result(empty, empty).shape, (0, 4))


class Refusals(ToolTest):
    def refuse(self, number, name, data, code=3):
        path = self.write(name, data)
        text = self.fails(number, code, "run", FAKE, "--input", f"a={path}", "--output-dir", "out")
        self.assertFalse(os.path.exists(self.path("out")), "nothing half-written")
        return text

    def test_npy(self):
        good = npy(A)
        for bad in (b"", b"\x93NUMP", b"PK\x03\x04", good[:9], good[:40],
                    header("{}"), header("{'descr': '<f4'}"),
                    header("{'descr': '<f4', 'fortran_order': 1, 'shape': (), }"),
                    header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"),
                    header("{'descr': '<f4', 'fortran_order': False, 'shape': (3 4), }"),
                    header("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x"),
                    header("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", (9, 0)),
                    good[:8] + b"\xff\xff" + good[10:]):
            with self.subTest(bad):
                self.refuse("E0510", "a.npy", bad)
        self.refuse("E0511", "a.npy", good[:-1])
        self.refuse("E0511", "a.npy", good + b"\0")
        self.refuse("E0512", "a.npy", npy(A.astype(">f4")))
        self.refuse("E0513", "a.npy", npy(np.array(["x"])))
        self.refuse("E0513", "a.npy", npy(np.zeros(2, [("x", "<f4"), ("y", "<i4")])))
        for huge in "(9223372036854775807, 2)", "(4611686018427387904,)":
            self.refuse("E0514", "a.npy", header(
                f"{{'descr': '<f4', 'fortran_order': False, 'shape': {huge}, }}"))
        self.refuse("E0510", "a.npy", header(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"))
        self.refuse("E0514", "a.npy", header(
            f"{{'descr': '<f4', 'fortran_order': True, 'shape': ({'1,' * 100}), }}"))

    def test_npz(self):
        good = npz(False, a=A)
        for bad in b"", b"PK\x05\x06", good[:-30], good[50:]:
            with self.subTest(bad):
                self.refuse("E0520", "a.npz", bad)
        flipped = bytearray(good)
        flipped[good.index(A.tobytes()) + 5] ^= 1
        self.refuse("E0521", "a.npz", flipped)
        deflated = bytearray(npz(True, a=A))
        for i in range(60, 120):
            deflated[i] ^= 0xff
        self.refuse("E0521", "a.npz", deflated)
        for method in zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA:
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", method) as archive:
                archive.writestr("a.npy", npy(A))
            self.refuse("E0522", "a.npz", file.getvalue())
        self.refuse("E0523", "a.npz", npz(False, x=A, y=A), code=2)

    def test_npz_bombs(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.npy", b"x" * 100)
        data = bytearray(file.getvalue())
        directory = data.index(b"PK\x01\x02")
        data[directory + 24:directory + 28] = struct.pack("<I", 0xfffffff0)
        self.refuse("E0521", "a.npz", data)
        data[directory + 24:directory + 28] = struct.pack("<I", 5000)
        self.refuse("E0521", "a.npz", data)

    def test_pb(self):
        proto = numpy_helper.from_array(A, "a")
        self.refuse("E0530", "a.pb", b"")
        self.refuse("E0530", "a.pb", b"\xff" * 20)
        self.refuse("E0143", "a.pb", proto.SerializeToString().replace(A.tobytes(), b"")[:-2]
                    + b"")
        proto.dims[0] = 1 << 62
        self.refuse("E0142", "a.pb", proto.SerializeToString())
        strings = helper.make_tensor("a", onnx.TensorProto.STRING, [1], [b"x"])
        self.refuse("E0531", "a.pb", strings.SerializeToString())
        onnx.external_data_helper.set_external_data(proto, "secret")
        self.refuse("E0531", "a.pb", proto.SerializeToString())

    def test_wrong_for_the_model(self):
        self.refuse("E0509", "a.npy", npy(A.astype(np.float64)), code=2)
        self.refuse("E0509", "a.npy", npy(A[0]), code=2)
        self.refuse("E0509", "a.npy", npy(A.T), code=2)
        self.refuse("E0540", "a.raw", A.tobytes(), code=2)
        self.refuse("E0508", "a.txt", b"1 2 3", code=2)
        self.fails("E0506", 2, "run", FAKE, "--input", "a=none.npy")
        os.mkdir(self.path("d.npy"))
        self.fails("E0506", 2, "run", FAKE, "--input", "a=d.npy")

    def test_random_damage(self):
        """Whatever the bytes, the tool ends with an error or a result."""
        chance = random.Random(1)
        seeds = {"a.npy": npy(A), "a.npz": npz(True, a=A), "s.npz": npz(False, a=A),
                 "a.pb": numpy_helper.from_array(A, "a").SerializeToString()}
        for name, data in seeds.items():
            for _ in range(40):
                damaged = bytearray(data)
                for _ in range(chance.randint(1, 4)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
                path = self.write(name, damaged[:chance.randint(1, 2 * len(damaged))])
                self.sinter("run", FAKE, "--input", f"a={path}", "--dim", "M=3", code=(0, 2, 3))


if __name__ == "__main__":
    unittest.main()
