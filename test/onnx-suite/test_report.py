# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What docs/onnx-support.md says of opsets is what the importer's tables say, and what of the
suite is not compared, and why. Needs no run of the suite."""
import pathlib
import re
import sys
import unittest

SKIPPED = 77
ROOT = pathlib.Path(__file__).resolve().parents[2]

try:
    import cases
    import report
except ImportError as error:
    print(f"onnx-report: SKIPPED: {error}")
    sys.exit(SKIPPED)


class Report(unittest.TestCase):
    def test_versions(self):
        known = report.versions(ROOT)
        newest = known["Abs"][1]
        self.assertGreaterEqual(newest, 28)
        self.assertEqual(known["Attention"], (23, newest))
        self.assertEqual(known["com.microsoft.Attention"], (1, 1))
        self.assertEqual(known["Scatter"], (9, 10))
        self.assertEqual(known["ai.onnx.ml.Binarizer"][0], 1)
        self.assertLess(known["ai.onnx.ml.Binarizer"][1], newest)
        self.assertNotIn("Binarizer", known)
        table = (ROOT / report.TABLE).read_text()
        self.assertEqual(len(known), len(report.ROW.findall(table)), "each row, once")

    def test_page(self):
        page = (ROOT / "docs/onnx-support.md").read_text().split("## Ops")[1]
        rows = re.findall(r"^\| ([\w.]+) \| (\d+) to (\d+) \|", page, re.M)
        self.assertEqual({op: (int(first), int(last)) for op, first, last in rows},
                         report.versions(ROOT))

    def test_same_name_in_two_domains(self):
        def row(op):
            return {"ops": [op], "class": "passed", "text": "", "max_ulp": 1}
        page = report.render([row("Attention"), row("Attention"), row("com.microsoft.Attention"),
                              row("ai.onnx.ml.LabelEncoder")], ROOT)
        self.assertRegex(page, r"\n\| Attention \| 23 to \d+ \| 2 \|")
        self.assertIn("\n| com.microsoft.Attention | 1 to 1 | 1 |", page)
        self.assertIn("Not supported: ai.onnx.ml.LabelEncoder (1).", page)


class Cases(unittest.TestCase):
    def test_only_random_numbers_are_excluded(self):
        self.assertEqual({reason for _, reason in cases.EXCLUDED}, {"draws random numbers"})
        for name in cases.CASE_TOLERANCES:
            self.assertIsNone(cases.excluded(name))

    def test_case_tolerances_are_documented(self):
        text = (ROOT / "docs/accuracy.md").read_text()
        for name, (rtol, atol) in cases.CASE_TOLERANCES.items():
            line = next(line for line in text.splitlines() if f"`{name}`" in line)
            found = re.search(r"rtol (\S+), atol ([^:| ]+)", line)
            self.assertEqual((float(found[1]), float(found[2])), (rtol, atol))


if __name__ == "__main__":
    unittest.main(verbosity=2)
