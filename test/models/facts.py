# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What holds for every artifact: its bytes, the bits of its results, its symbols."""
import hashlib
import pathlib
import shutil
import tempfile
import unittest

import agreement


class FactsTest(unittest.TestCase):
    """A test of the tool `self.sinter`."""

    def compile(self, model, artifact, *flags):
        done = agreement.run(self.sinter, "compile", model, "-o", artifact, "--quiet", *flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return artifact

    def assert_facts(self, model, artifact, inputs, *flags):
        """`artifact` was compiled from `model` with -j 1 and the flags; `inputs` are the arguments
        of a run."""
        scratch = pathlib.Path(tempfile.mkdtemp(dir=artifact.parent))
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        self.assert_one_symbol(artifact)
        self.assert_same_bytes(artifact, self.compile(model, scratch / "another name.so", "-j", 2,
                                                       *flags))
        one = self.digests(artifact, 1, inputs, scratch)
        for threads in 2, 4:
            self.assertEqual(self.digests(artifact, threads, inputs, scratch), one,
                             f"{threads} threads")

    def assert_one_symbol(self, artifact):
        defined = agreement.run("llvm-nm-22", "-D", "--defined-only", artifact).stdout.split()
        self.assertEqual(defined[1:], ["T", "sinter_model_query"])
        self.assertEqual(agreement.run("llvm-nm-22", "-D", "-u", artifact).stdout.strip(), "")
        self.assertIn("statically linked", agreement.run("ldd", artifact).stdout)

    def assert_same_bytes(self, one, other):
        same = agreement.run("cmp", one, other)
        self.assertEqual(same.returncode, 0, same.stdout + same.stderr)

    def digests(self, artifact, threads, inputs, scratch):
        """One for each output file of a run."""
        folder = scratch / f"threads{threads}"
        done = agreement.run(self.sinter, "run", artifact, *inputs, "--threads", threads, "--quiet",
                             "--output-dir", folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        files = sorted(folder.glob("output_*"))
        self.assertTrue(files)
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
