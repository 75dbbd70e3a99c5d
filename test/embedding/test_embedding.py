# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sinter seen from outside: the installed runtime in projects of its own.

In the environment: SINTER, BUILD (a build folder), CC, CXX, and FLAGS for both. Needs numpy.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

HERE = pathlib.Path(__file__).parent
DIGITS = HERE.parent / "quickstart"
sys.path.insert(0, str(HERE))
import run_ctypes  # noqa: E402
import transformer  # noqa: E402


def run(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def compile_digits(output):
    run(os.environ["SINTER"], "compile", DIGITS / "digits.onnx", "-o", output, "--quiet")
    return output


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        cls.prefix = cls.scratch / "prefix"
        run("cmake", "--install", os.environ["BUILD"], "--prefix", cls.prefix, "--component", "runtime")
        cls.model = compile_digits(cls.scratch / "digits.so")
        record = np.load(DIGITS / "held_out.npz")
        cls.images, cls.digits = record["image"].astype(np.float32) / 16, record["digit"]
        cls.expected = record["probabilities"]

    def open(self, threads=1):
        (library,) = self.prefix.glob("lib*/**/libsinter_runtime.so")
        return run_ctypes.Runtime(library).open(self.model, threads)


class Embedding(Case):
    flags = os.environ.get("FLAGS", "")

    def build_and_run(self, folder):
        source, build = self.scratch / folder, self.scratch / folder / "build"
        shutil.copytree(HERE / folder, source)
        run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_{'CXX' if folder == 'cpp' else 'C'}_FLAGS={self.flags}")
        run("cmake", "--build", build)
        images = self.scratch / "images.f32"
        self.images[:4].tofile(images)
        answer = run(build / "classify", self.model, images)
        self.assertEqual(answer.split(), [str(digit) for digit in self.digits[:4]])

    def test_cpp_project(self):
        self.build_and_run("cpp")

    def test_c_project(self):
        self.build_and_run("c")

    def test_only_the_runtime_is_installed(self):
        names = {path.name for path in self.prefix.rglob("*") if path.is_file() or path.is_symlink()}
        self.assertLessEqual({"libsinter_runtime.a", "libsinter_runtime.so", "runtime.h", "runtime.hpp"}, names)
        self.assertNotIn("sinter", names)

    def test_symbols_of_the_libraries(self):
        (archive,), (shared,) = self.prefix.rglob("*.a"), self.prefix.rglob("libsinter_runtime.so")
        self.assertNotRegex(run("llvm-nm-22", "-u", archive), r"_ZSt\d+__throw_")
        names = run("llvm-nm-22", "-D", "--defined-only", "--format=just-symbols", shared).split()
        self.assertIn("sinter_model_open", names)
        self.assertEqual([name for name in names if not name.startswith("sinter_")], [])

    @unittest.skipIf("-fsanitize" in flags, "a sanitized library does not load into Python")
    def test_ctypes(self):
        sample = np.load(DIGITS / "digit.npy")
        for batch in (sample, self.images[:3], self.images):
            (probabilities,) = self.open().run([batch])
            self.assertEqual(probabilities.shape, (len(batch), 10))
        np.testing.assert_allclose(probabilities, self.expected, atol=1e-5)
        self.assertGreaterEqual((probabilities.argmax(1) == self.digits).mean(), 0.97)
        with self.assertRaisesRegex(RuntimeError, "image"):
            self.open().run([self.images[:, :, :7]])

    @unittest.skipIf("-fsanitize" in flags, "a sanitized library does not load into Python")
    def test_dlpack(self):
        model = self.open()
        (first,), (copy,) = model.run_dlpack([self.images]), model.run([self.images])
        np.testing.assert_array_equal(first, copy)
        (second,) = model.run_dlpack([self.images[::-1].copy()])
        del model  # outputs outlive it
        np.testing.assert_array_equal(first, copy)
        np.testing.assert_allclose(second, self.expected[::-1], atol=1e-5)
        with self.assertRaisesRegex(RuntimeError, "row-major"):
            self.open().run_dlpack([self.images[::-1]])

    @unittest.skipIf("-fsanitize" in flags, "a sanitized library does not load into Python")
    def test_threads_give_the_same_bits(self):
        results = [self.open(threads).run([self.images[:64]])[0].tobytes() for threads in (1, 2, 4)]
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])


@unittest.skipUnless(shutil.which("gcc") and shutil.which("g++"), "there is no GCC")
class Gcc(Embedding):
    """The runtime alone, and the projects with it, by another compiler."""

    flags = "-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        build, cls.prefix = cls.scratch / "gcc-build", cls.scratch / "gcc-prefix"
        os.environ.update(CC="gcc", CXX="g++")
        run("cmake", "-S", HERE.parent.parent, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
            "-DSINTER_BUILD_COMPILER=OFF", "-DSINTER_BUILD_TESTS=OFF", f"-DCMAKE_INSTALL_PREFIX={cls.prefix}")
        run("cmake", "--build", build, "--target", "install")


class Compiling(Case):
    """The installed compiler library: a graph built in C++, compiled and run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run("cmake", "--install", os.environ["BUILD"], "--prefix", cls.prefix, "--component", "compiler")

    def test_only_public_names_are_exported(self):
        (library,) = self.prefix.rglob("libsinter_compiler.so")
        names = run("llvm-nm-22", "-D", "--defined-only", "--demangle", "--format=just-symbols", library)
        names = [name for name in names.splitlines() if "sinter::" in name]
        self.assertIn("sinter::GraphBuilder::GraphBuilder()", names)
        public = ("sinter::GraphBuilder::", "sinter::Dim::", "sinter::operator", "sinter::compileOnnx")
        self.assertEqual([name for name in names if not name.startswith(public)], [])

    def test_no_header_of_llvm(self):
        for header in (self.prefix / "include" / "sinter").iterdir():
            self.assertNotRegex(header.read_text(), r"#include [<\"](llvm|mlir|lld)/", header.name)

    def test_transformer_block(self):
        source, build = self.scratch / "graph", self.scratch / "graph-build"
        shutil.copytree(HERE / "graph", source)
        run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={os.environ['CXX']}", f"-DCMAKE_CXX_FLAGS={os.environ.get('FLAGS', '')}")
        run("cmake", "--build", build)
        random = np.random.default_rng(5)
        weights = [random.standard_normal(shape).astype(np.float32) / 4 for shape in transformer.SHAPES]
        np.concatenate([weight.ravel() for weight in weights]).tofile(self.scratch / "weights.f32")
        for batch, sequence in (1, 5), (3, 37):
            x = random.standard_normal((batch, sequence, transformer.WIDTH)).astype(np.float32)
            x.tofile(self.scratch / "x.f32")
            run(build / "transformer", self.scratch / "block.so", self.scratch / "weights.f32", batch, sequence,
                self.scratch / "x.f32", self.scratch / "y.f32")
            y = np.fromfile(self.scratch / "y.f32", np.float32).reshape(x.shape)
            expected = transformer.block(x, weights)
            self.assertGreater(np.abs(expected).max(), 1)
            np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
