# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Refuses files over 800 lines and functions over 60; notes files over 400 and the median.

Exceptions stand in sizes.allow, one `path:function: reason` a line (`*` for the whole file).
"""
import re
import statistics

import common

NOTE_LINES, FILE_LINES, FUNCTION_LINES = 400, 800, 60
ALLOW = "tools/lint/sizes.allow"
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*", re.S | re.M)
TAIL = re.compile(r"\)\s*((const|noexcept|override|final|mutable|try|&+)\s*)*(->[^{}]*)?$")
INITIALIZERS = re.compile(r"\)\s*(noexcept\s*)?:(?!:)")


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def function_name(head):
    """The name of the function whose body follows head; None if no function's does."""
    head = head.strip()
    if head.count("(") != head.count(")") or "(" not in head or head.endswith("="):
        return None
    if not TAIL.search(head) and not INITIALIZERS.search(head):
        return None
    name = re.search(r"([\w:~]+|operator\s*\S+)\s*\(", head)
    return name[1] if name else "lambda"


def functions(text):
    """Yields (name, first line, lines) of each outermost function body."""
    text = NOISE.sub(blank, text)
    depth, inside, start, line, name, first = 0, None, 0, 1, "", 0
    for position, char in enumerate(text):
        if char == "\n":
            line += 1
        elif char == "{":
            if inside is None and (found := function_name(text[start:position])):
                inside, name, first = depth, found, line
            depth += 1
        elif char == "}":
            depth = max(0, depth - 1)
            if inside == depth:
                yield name, first, line - first + 1
                inside = None
        if char in "{};":
            start = position + 1


def allowed(root):
    rows = {}
    text = common.read(root, ALLOW) if common.exists(root, ALLOW) else ""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"([^#\s:]+):(\S+):\s+\S", line)
        if match:
            rows[(match[1], match[2])] = number
        elif line.strip() and not line.startswith("#"):
            rows[(line, "malformed")] = number
    return rows


def check(root):
    unused = allowed(root)
    rows = dict(unused)
    sizes = []
    for path in common.files(root, common.CPP + (".td", ".py", ".cmake")):
        text = common.read(root, path) or ""
        lines = text.count("\n")
        sizes.append(lines)
        if lines > FILE_LINES:
            unused.pop((path, "*"), None)
            if (path, "*") not in rows:
                yield path, 1, f"{lines} lines; at most {FILE_LINES}"
        elif lines > NOTE_LINES:
            print(f"note: {path} has {lines} lines; about 200 is the aim")
        for name, line, length in functions(text) if path.endswith(common.CPP) else ():
            if length > FUNCTION_LINES:
                unused.pop((path, name), None)
                if (path, name) not in rows:
                    yield path, line, f"{name} has {length} lines; at most {FUNCTION_LINES}"
    if sizes:
        print(f"note: the median of {len(sizes)} files is {statistics.median(sizes):g} lines")
    for (path, name), number in unused.items():
        yield ALLOW, number, f"{path}:{name} is malformed, or needs no exception"


if __name__ == "__main__":
    common.main(check)
