# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Refuses declarations of public headers without a comment that says what they are.

A group of declarations without a blank line between needs one comment, above it or on its members.
In the C headers of the runtime each member of a struct needs its own, which says unit and owner.
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


def bare_members(text):
    """The (line, text) of each member of a struct without a comment of its own, above it or behind."""
    indent, above, member = None, False, None
    for number, line in enumerate(text.splitlines(), 1):
        code, _, comment = line.partition("//")
        if re.match(r"(typedef )?struct \w+ {$", line):
            indent, above, member = "  ", False, None
        elif line.startswith("}"):
            indent = None
        elif indent is None:
            continue
        elif not code.strip():
            # Behind a member, comments go on further to the right.
            above |= bool(comment.strip()) and code == indent
        else:
            member = member or [number, code.strip(), above]
            member[2] |= bool(comment.strip())
            if code.rstrip().endswith(";"):
                if not member[2]:
                    yield member[0], member[1]
                above, member = False, None


def check(root):
    for path in common.files(root, (".h", ".hpp")):
        text = common.read(root, path) or ""
        if path.startswith(FOLDERS):
            for number, group in groups(text):
                if not EXEMPT.match(group) and "//" not in group:
                    yield path, number, f"'{group.splitlines()[0][:40]}' has no comment"
        if path.startswith(FOLDERS[0]) and path.endswith(".h"):
            for number, member in bare_members(text):
                yield path, number, f"the member '{member}' has no comment"


if __name__ == "__main__":
    common.main(check)
