# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the tool: what the tests of its verbs share."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

SINTER = os.environ["SINTER"]
FAKE = os.environ["FAKE_MODEL"]  # y[N,4] = (a[N,4] + b[M,4]) * [2,4,6,8], N == M


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def sinter(self, *arguments, code=0):
        """The result of a run, whose exit code must be `code`, or one of them."""
        result = subprocess.run([SINTER, *map(str, arguments)], capture_output=True,
                                text=True, cwd=self.folder, timeout=120, check=False)
        codes = code if isinstance(code, tuple) else (code,)
        self.assertIn(result.returncode, codes, result.stdout + result.stderr)
        return result

    def fails(self, number, code, *arguments):
        """Standard error of a run, whose first error must have the number."""
        result = self.sinter(*arguments, code=code)
        found = re.search(r"^error\[(E\d{4})\]: \S", result.stderr, re.M)
        self.assertTrue(found and found[1] == number, result.stderr)
        return result.stderr

    def fake(self, *arguments, verb="run", **more):
        return self.sinter(verb, FAKE, *arguments, **more)
