# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Refuses `for (x : *call())`: in C++20 what the call gives is gone when the loop begins."""
import re

import common

TEMPORARY = re.compile(r"\bfor\s*\([^;{}]*?[^:]:\s*\*[\w:]+\(")


def check(root):
    for path in common.files(root, common.CPP):
        text = common.read(root, path) or ""
        for found in TEMPORARY.finditer(text):
            line = text.count("\n", 0, found.end()) + 1
            yield path, line, "a loop over a part of a temporary: give the result of the call a name"


if __name__ == "__main__":
    common.main(check)
