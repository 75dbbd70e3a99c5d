# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Facts about every artifact: bytes, bits, symbols.

The compiler's threads do not change a byte, the runtime's not a bit. Models
that are not part of the repository are skipped by name without their folder.
"""
import argparse
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import known_models

options = None


def run(*arguments):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=300)


def dims_of(symbols):
    """The flags that size the symbols."""
    return [flag for name in symbols for flag in ("--dim", f"{name}={symbols[name]}")]


class Artifacts(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.scratch)

    def sinter(self, *arguments):
        result = run(options.sinter, *arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def compiled(self, model, jobs):
        artifact = self.scratch / f"jobs{jobs}.so"
        self.sinter("compile", model, "-o", artifact, "--quiet", "-j", jobs)
        return artifact

    def outputs(self, artifact, threads, symbols):
        """A digest of each output file."""
        folder = self.scratch / f"threads{threads}"
        self.sinter("run", artifact, "--seed", 3, "--threads", threads, "--quiet",
                    "--output-dir", folder, *dims_of(symbols))
        files = sorted(folder.glob("output_*"))
        self.assertTrue(files)
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    def check_symbols(self, artifact):
        defined = run("nm", "-D", "--defined-only", artifact).stdout.split()
        self.assertEqual(defined[1:], ["T", "sinter_model_query"])
        self.assertEqual(run("nm", "-D", "-u", artifact).stdout, "")
        self.assertIn("statically linked", run("ldd", artifact).stdout)

    def check(self, model, symbols):
        artifact = self.compiled(model, 1)
        self.assertEqual(artifact.read_bytes(), self.compiled(model, 2).read_bytes())
        self.check_symbols(artifact)
        one = self.outputs(artifact, 1, symbols)
        for threads in 2, 4:
            self.assertEqual(self.outputs(artifact, threads, symbols), one, f"{threads} threads")

    def check_shared(self, name):
        folder = pathlib.Path(options.shared) / "data" / "models" / name
        if not folder.exists():
            self.skipTest(f"{name}: no models in {options.shared}")
        self.check(folder / "model.onnx", known_models.sizes_of(name))

    def test_digits(self):
        self.check(options.digits, {})

    def test_kernels_are_shared(self):
        """Stages with equal code have one kernel, which the report says."""
        report = run(options.sinter, "compile", options.digits, "-o", self.scratch / "m.so",
                     "--time-report", "--quiet").stderr
        kernels, stages = map(int, re.search(r"(\d+) kernels? for (\d+) stages?", report).groups())
        self.assertLessEqual(kernels, stages)
        for word in "lower", "emit", "total", "machine code", "slowest kernels":
            self.assertIn(word, report)


def add_test(name):
    setattr(Artifacts, "test_" + name.replace("-", "_"), lambda self: self.check_shared(name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--digits", required=True)
    parser.add_argument("--shared", required=True)
    options, rest = parser.parse_known_args()
    for model in known_models.runnable():
        add_test(model)
    unittest.main(argv=[__file__, *rest], verbosity=2)
