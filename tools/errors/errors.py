# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generates docs/errors.md from compiler/support/Errors.def, and checks it.

errors.py ROOT           writes docs/errors.md
errors.py ROOT --check   fails if docs/errors.md is stale, an error is named by no file under
                         test/ and not excused in test/tools/errors-without-test.txt, or an
                         excuse there is not needed
"""
import os
import re
import sys

SOURCE = "compiler/support/Errors.def"
OUTPUT = "docs/errors.md"
EXCUSES = "test/tools/errors-without-test.txt"
ROW = re.compile(r'^ERROR\((E\d{4}), (\w+), ((?:\s*"(?:\\.|[^"\\])*")+)\)$')
WHO = {
    "usage": ("Mend the command line, or the file it names.", 2),
    "model": ("The file is damaged or breaks its format's rules: make it anew.", 3),
    "unsupported": ("The file is valid; Sinter does not handle it yet.", 3),
    "internal": ("A bug of Sinter: please report it with the model.", 4),
}
HEAD = """# Errors

Every error of `sinter` has a number, which never changes its meaning. The class tells who can
do something about it; the exit code follows from it. `{}` stands for what differs from case to
case. A note below the error says what to do, where there is more to say than in this table.

<!-- Generated from compiler/support/Errors.def by tools/errors/errors.py. -->

| class | exit code | what to do |
|---|---|---|
"""


def rows(text):
    """Yields ("heading", text) and (number, class, message)."""
    for line in text.splitlines():
        match = ROW.match(line)
        if match:
            parts = re.findall(r'"((?:\\.|[^"\\])*)"', match[3])
            yield match[1], match[2], "".join(parts).replace('\\"', '"')
        elif line.startswith("ERROR("):
            raise SystemExit(f"{SOURCE}: not a row of one line: {line}")
        elif re.match(r"// .*[^,]\.$", line) and not re.match(r"// (The registry|A number)", line):
            yield "heading", line[3:].rstrip(".")


def document(text):
    lines = [HEAD.rstrip("\n")]
    for name, (advice, code) in WHO.items():
        lines.append(f"| {name} | {code} | {advice} |")
    fresh = True
    for row in rows(text):
        if row[0] == "heading":
            if not row[1].startswith("E0"):
                lines += ["", f"### {row[1]}"]
            else:
                title = row[1].split(": ", 1)[1]
                lines += ["", f"## {title[0].upper()}{title[1:]}"]
            fresh = True
            continue
        if fresh:
            lines += ["", "| number | class | text |", "|---|---|---|"]
            fresh = False
        message = row[2].replace("|", "\\|")
        lines.append(f"| {row[0]} | {row[1]} | {message} |")
    return "\n".join(lines) + "\n"


def read(root, path):
    full = os.path.join(root, path)
    if not os.path.exists(full):
        return ""
    with open(full, encoding="utf-8") as file:
        return file.read()


def named_in_tests(root):
    """The numbers in files under test/: E0123, or in C++ a comparison with 123."""
    found = set()
    for folder, _, leaves in os.walk(os.path.join(root, "test")):
        for leaf in leaves:
            path = os.path.join(folder, leaf)
            if os.path.relpath(path, root).replace(os.sep, "/") == EXCUSES:
                continue
            with open(path, encoding="utf-8", errors="ignore") as file:
                text = file.read()
            found.update(re.findall(r"\bE\d{4}\b", text))
            if leaf.endswith(".cpp"):
                found.update(f"E0{n}" for n in re.findall(r'== "?(\d{3})\b', text))
    return found


def check(root):
    text = read(root, SOURCE)
    if read(root, OUTPUT) != document(text):
        yield f"{OUTPUT}: stale; run python3 tools/errors/errors.py ."
    numbers = [row[0] for row in rows(text) if row[0] != "heading"]
    for number in sorted({n for n in numbers if numbers.count(n) > 1}):
        yield f"{SOURCE}: {number} is there twice"
    excused = {}
    for line in read(root, EXCUSES).splitlines():
        match = re.match(r"(E\d{4}): \S", line)
        if match:
            excused[match[1]] = line
        elif line and not line.startswith("#"):
            yield f"{EXCUSES}: not `E0123: reason`: {line}"
    tested = named_in_tests(root)
    for number in numbers:
        if number not in tested and number not in excused:
            yield f"{SOURCE}: no file under test/ names {number}"
    for number in excused:
        if number in tested or number not in numbers:
            yield f"{EXCUSES}: {number} needs no excuse"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    if "--check" in sys.argv:
        problems = list(check(root))
        print("\n".join(problems))
        sys.exit(1 if problems else 0)
    with open(os.path.join(root, OUTPUT), "w", encoding="utf-8") as file:
        file.write(document(read(root, SOURCE)))


if __name__ == "__main__":
    main()
