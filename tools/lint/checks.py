# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds lit tests that test nothing: no RUN line, or a FileCheck directive without its colon."""
import re

import common

SUFFIXES = r"(-(NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?(\{LITERAL\})?:"


def prefixes(text):
    """The check prefixes of a test, the longest first."""
    found = {"CHECK"}
    for names in re.findall(r"-check-prefix(?:es)?[= ]([\w,-]+)", text):
        found.update(names.split(","))
    return sorted(found, key=len, reverse=True)


def check(root):
    for path in common.files(root, (".mlir",), "test"):
        text = common.read(root, path) or ""
        if "/Inputs/" in path:
            continue
        if not re.search(r"^\s*//\s*RUN:", text, re.M):
            yield path, 1, "no RUN line, so nothing is tested"
        names = "|".join(re.escape(name) for name in prefixes(text))
        directive = re.compile(rf"^\s*//\s*({names})(?![A-Za-z0-9_])")
        for number, line in enumerate(text.splitlines(), 1):
            if directive.match(line) and not re.match(rf"^\s*//\s*({names}){SUFFIXES}", line):
                yield path, number, "not a FileCheck directive: a colon missing or the suffix unknown"


if __name__ == "__main__":
    common.main(check)
