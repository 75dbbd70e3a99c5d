# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a model from the textual form of ONNX: to_model.py TEXT MODEL."""
import pathlib
import sys

import onnx

text, model = sys.argv[1:]
parsed = onnx.parser.parse_model(pathlib.Path(text).read_text())
onnx.checker.check_model(parsed, full_check=True)
onnx.save(parsed, model)
