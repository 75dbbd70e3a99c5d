# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Renders docs/onnx-support.md from the results of a run of the suite."""
import collections
import re

import cases

TABLE = "compiler/onnx/OpTable.cpp"
CONSTANT = re.compile(r"constexpr int64_t (\w+) = (\d+);")
ROWS = re.compile(r"constexpr OpRow (\w+)\[\] = \{\n(.*?)\n\};", re.S)
ROW = re.compile(r'\{"(\w+)",\s*(\d+),\s*(\w+),')
DOMAIN = re.compile(r'domain == "([\w.]+)"\)\s*table = (\w+);')
HEAD = """# ONNX support

Written by `test/onnx-suite/run_suite.py --report`; do not edit. The ops are those of `{table}`, with
their domain if that is not `ai.onnx`; the cases are those of the ONNX backend suite. A case of one
op counts for that; one of several counts in the totals alone.

Outputs agree within rtol 1e-3 and atol 1e-7, as the suite asks; within 5e-3 and 1e-3 where inputs
or outputs are f16, 2e-2 and 1e-2 where they are bf16: the expected values were computed in those;
and within what `docs/accuracy.md` says for cases by name.
Max ULP is the largest error of the cases that passed, in units in the last place of the expected
value and its type; it is large where a result is small because its terms cancel. Outputs of other
types are equal. It was measured on one machine and is not compared when this page is checked.

| class | cases | |
|---|---|---|
| passed | {passed} | outputs agree |
| refused | {refused} | a numbered error when compiled |
| wrong | {wrong} | another answer, a crash or a time limit |
| excluded | {excluded} | no recorded output can be right: random numbers |

"""


def versions(root):
    """{qualified name: (first, last)} of the importer's tables."""
    text = (root / TABLE).read_text()
    numbers = dict(CONSTANT.findall(text))
    tables = {name: ROW.findall(rows) for name, rows in ROWS.findall(text)}
    return {cases.qualified(domain, op): (int(first), int(numbers.get(last, last)))
            for domain, name in DOMAIN.findall(text) for op, first, last in tables[name]}


def subject(row):
    """The op that a case is about, or nothing."""
    return row["ops"][0] if len(row["ops"]) == 1 else None


def reason(text):
    """A reason to refuse without what belongs to one model."""
    text = re.sub(r"(E\d{4}): (node|input|output) '[^']*'( \(\w+\))?: ", r"\1: ", text)
    text = re.sub(r"the elements of input \d+ \('[^']*'\) are", "an input's elements are", text)
    return text.replace("|", "\\|")


def reasons(rows):
    counts = collections.Counter(reason(row["text"]) for row in rows if row["class"] == "refused")
    return "; ".join(f"{text} ({count})" for text, count in counts.most_common(3))


def worst(rows):
    """The largest error of floating-point outputs, or a dash."""
    errors = [row["max_ulp"] for row in rows if row.get("max_ulp") is not None]
    return f"{max(errors):.3g}" if errors else "-"


def without_errors(text):
    """The page without what was measured on one machine."""
    return re.sub(r"^(\|.*\|) [^|]* \|$", r"\1", text, flags=re.M)


def render(rows, root):
    total = collections.Counter(row["class"] for row in rows)
    wrong = total["WRONG"] + total["CRASH"] + total["TIMEOUT"]
    lines = [HEAD.format(table=TABLE, wrong=wrong, passed=total["passed"], refused=total["refused"],
                         excluded=total["excluded"])]
    by_op = collections.defaultdict(list)
    for row in rows:
        if op := subject(row):
            by_op[op].append(row)
    known = versions(root)
    lines.append("## Ops\n\n| op | opsets | cases | passed | refused | why | max ULP |\n|---|---|---|---|---|---|---|\n")
    for op in sorted(known, key=str.lower):
        of_op = by_op.get(op, [])
        classes = collections.Counter(row["class"] for row in of_op)
        first, last = known[op]
        lines.append(f"| {op} | {first} to {last} | {len(of_op)} | {classes['passed']} | "
                     f"{classes['refused']} | {reasons(of_op)} | {worst(of_op)} |\n")
    others = sorted(set(by_op) - set(known), key=str.lower)
    lines.append("\nNot supported: " + ", ".join(f"{op} ({len(by_op[op])})" for op in others) + ".\n")
    return "".join(lines)
