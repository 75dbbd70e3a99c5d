# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad models and tensor files: each ends in one numbered error, soon and in little memory."""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import files
    import models
except ImportError as error:
    missing = str(error)
else:
    missing = None

SECONDS, MEGABYTES = 2, 1000
SKIPPED = 77
options = None


def run(*arguments, cwd):
    """(exit code, standard error, seconds of the CPU, megabytes) of the tool."""
    process = subprocess.Popen([options.sinter, *map(str, arguments)], cwd=cwd,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with process.stderr:
        text = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, text, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


class Hostile(unittest.TestCase):
    def refuse(self, number, codes, *arguments, cwd):
        code, text, seconds, megabytes = run(*arguments, cwd=cwd)
        if options.list:
            print(f"{self.id()}: {code} {text.splitlines()[:1]} {seconds:.2f} s {megabytes:.0f} MB",
                  file=sys.stderr)
        self.assertIn(code, codes, text)
        found = re.findall(r"^error\[(E\d{4})\]: \S", text, re.M)
        self.assertTrue(found, text)
        if number:
            self.assertEqual(found[0], number, text)
        self.assertLess(seconds, SECONDS * options.slower)
        self.assertLess(megabytes, MEGABYTES * options.slower)


def test_of_model(number, make):
    def test(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "model.onnx")
            path.write_bytes(make())
            files.make_external_files(pathlib.Path(folder))
            self.refuse(number, (3,), "compile", path, "-o", "model.so", "-j", 1, cwd=folder)
            self.assertFalse(os.path.exists(os.path.join(folder, "model.so")))
    return test


def test_of_files(number, code, make):
    def test(self):
        with tempfile.TemporaryDirectory() as folder:
            self.refuse(number, (code,), *make(pathlib.Path(folder), options), cwd=folder)
    return test


def add_tests():
    for group, cases in models.MODELS.items():
        for name, (number, make) in cases.items():
            setattr(Hostile, f"test_{group}: {name}", test_of_model(number, make))
    for name, (number, code, make) in files.FILES.items():
        setattr(Hostile, f"test_files: {name}", test_of_files(number, code, make))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--slower", type=float, default=1, help="multiplies the limits")
    parser.add_argument("--list", action="store_true", help="print what each case gives")
    options, rest = parser.parse_known_args()
    if missing:
        print(f"hostile: SKIPPED: {missing}")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as common:
        options.artifact = files.compile_artifact(options.sinter, pathlib.Path(common))
        add_tests()
        unittest.main(argv=[__file__, *rest])
