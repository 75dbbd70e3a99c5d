# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Refuses C and C++ that clang-format would write differently.

format.py [ROOT]        checks every source
format.py --fix [ROOT]  rewrites them
"""
import shutil
import subprocess
import sys

import common

CLANG_FORMAT = shutil.which("clang-format-22") or shutil.which("clang-format")


def run(root, paths, *flags):
    done = subprocess.run([CLANG_FORMAT, *flags, *paths], cwd=root, capture_output=True, text=True)
    return done.stderr


def check(root):
    if not CLANG_FORMAT:
        yield ".clang-format", 1, "clang-format-22 is not installed"
        return
    paths = common.files(root, common.CPP)
    seen = set()
    for row in run(root, paths, "--dry-run").splitlines() if paths else ():
        path, *rest = row.split(":", 3)
        if len(rest) == 3 and rest[2].startswith((" warning", " error")) and path not in seen:
            seen.add(path)
            yield path, int(rest[0]), "is not formatted: run tools/lint/format.py --fix"


if __name__ == "__main__":
    if "--fix" in sys.argv:
        sys.argv.remove("--fix")
        root = common.root()
        sys.exit(run(root, common.files(root, common.CPP), "-i") or 0)
    common.main(check)
