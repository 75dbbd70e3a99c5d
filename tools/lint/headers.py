# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that sources begin with the license line and that no file names a machine's own paths."""
import re

import common

LICENSE = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
SOURCES = common.CPP + (".td", ".py")
MACHINE = re.compile(r"(?<![\w.~-])/(work|farm|root|home)/")


def check(root):
    for path in common.files(root):
        text = common.read(root, path)
        if text is None:
            continue
        lines = text.splitlines()
        first = lines[1:] if lines and lines[0].startswith("#!") else lines
        if path.endswith(SOURCES) and (not first or LICENSE not in first[0]):
            yield path, 1, f"the first line must say {LICENSE}"
        for number, line in enumerate(lines, 1):
            if MACHINE.search(line):
                yield path, number, "names a path of one machine"


if __name__ == "__main__":
    common.main(check)
