# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Refuses declarations of public headers without a comment that says what they are.

A group of declarations without a blank line between needs one comment, above it or on its members.
"""
import re

import common

FOLDERS = ("runtime/include", "compiler/include")
# What needs no comment of its own.
EXEMPT = re.compile(r'(#|//|/\*|namespace\b|}|extern "C"|using\b|static_assert|(class|struct) \w+;$)', re.M)


def groups(text):
    """The (line, text) of each group at the level of namespaces."""
    found, depth, fresh, continued = [], 0, True, False
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped:
            fresh |= depth == 0
        elif depth == 0 and fresh and not continued:
            found.append([number, stripped])
            fresh = False
        elif found:
            found[-1][1] += "\n" + stripped
        if stripped.startswith("#") or continued:
            continued = stripped.endswith("\\")
            continue
        code = re.sub(r'//.*|"(\\.|[^"\\])*"', "", line)
        if not re.match(r'\s*(namespace\b.*|extern )\{?', line) and not re.match(r"} // (namespace|extern)", line):
            depth = max(0, depth + code.count("{") + code.count("(") - code.count("}") - code.count(")"))
    return found


def check(root):
    for path in common.files(root, (".h", ".hpp")):
        if path.startswith(FOLDERS):
            for number, group in groups(common.read(root, path) or ""):
                if not EXEMPT.match(group) and "//" not in group:
                    yield path, number, f"'{group.splitlines()[0][:40]}' has no comment"


if __name__ == "__main__":
    common.main(check)
