# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the paths which READMEs and docs name exist, and that READMEs are short."""
import posixpath
import re

import common

TOP = {"runtime", "dialects", "passes", "codegen", "compiler", "tools", "test",
       "benchmarks", "docs", "cmake", ".ci"}
ROOT_LINES, FOLDER_LINES = 60, 30
CODE = re.compile(r"`([^`\s]+)[^`]*`")
LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?$")


def mentions(root, path, line):
    """The paths a line names, relative to root."""
    for text in CODE.findall(line):
        if PATH.match(text) and "/" in text and text.split("/")[0] in TOP:
            yield text
    for text in LINK.findall(line):
        if "://" not in text and not text.startswith("mailto:"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), text))


def check(root):
    for path in common.files(root, (".md",)):
        lines = (common.read(root, path) or "").splitlines()
        limit = ROOT_LINES if path == "README.md" else FOLDER_LINES
        if posixpath.basename(path) == "README.md" and len(lines) > limit:
            yield path, 1, f"{len(lines)} lines; at most {limit}"
        fenced = False
        for number, line in enumerate(lines, 1):
            fenced ^= line.lstrip().startswith("```")
            for target in () if fenced else mentions(root, path, line):
                if not common.exists(root, target):
                    yield path, number, f"{target} does not exist"


if __name__ == "__main__":
    common.main(check)
