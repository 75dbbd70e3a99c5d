# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles graphs of real exporters and compares them with ONNX Runtime.

One artifact serves all sizes of a graph. The graphs are not part of the
repository: without their archive each test is skipped by name. A graph with
weights may have 500 MB: it is made, used and deleted before the next.
"""
import argparse
import os
import pathlib
import re
import sys
import tempfile
import unittest

import agreement
import facts

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "sanitize"))
import runner  # noqa: E402

# Graphs that must agree, each with the sizes of its symbols, twice.
GRAPHS = {
    "hf_bert_base.ts": [{"batch": 1, "seq": 7}, {"batch": 3, "seq": 33}],
    "hf_gpt2_decode_kv.ts": [{"batch": 1, "past": 5}, {"batch": 3, "past": 16}],
    "hf_llama_small_decode_kv.ts": [{"batch": 1, "past": 5}, {"batch": 3, "past": 17}],
    "rnn_lstm_gru.ts": [{"batch": 1, "seq": 5}, {"batch": 3, "seq": 11}],
    "tv_mobilenet_v2.ts": [{"batch": 1}, {"batch": 3}],
    "tv_resnet50.ts": [{"batch": 1}, {"batch": 3}],
    "tv_swin_t.ts": [{"batch": 1}, {"batch": 3}],
    "tvseg_lraspp_mobilenet_v3_large.ts": [{"batch": 1}, {"batch": 3}],
}

# Their outputs are scores of classes.
CLASSIFIERS = ("tv_mobilenet_v2.ts", "tv_resnet50.ts", "tv_swin_t.ts")

options = None


class Graphs(agreement.AgreementTest, facts.FactsTest):
    def model(self, name, folder):
        """The path of the graph with weights, made in `folder`."""
        data = pathlib.Path(options.shared) / "data"
        archive = data / "graphs.tar.xz"
        if agreement.missing or not archive.exists():
            self.skipTest(f"{name}: {agreement.missing or f'no data in {options.shared}'}")
        fill = data.parent / "tools" / "fill_weights.py"
        filled = agreement.run(sys.executable, fill, archive, folder, name)
        self.assertEqual(filled.returncode, 0, filled.stdout + filled.stderr)
        return folder / f"{name}.onnx"

    def assert_same_classes(self, artifact, inputs, folder):
        done = agreement.run(self.sinter, "run", artifact, "--quiet", "--output-dir", folder / "outputs",
                             *agreement.input_arguments(inputs, folder / "inputs.npz"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        record = agreement.numpy.load(folder / "expected.npz")
        expected = [record[key] for key in record.files if key not in inputs]
        found = [agreement.numpy.load(path) for path in sorted((folder / "outputs").glob("output_*.npy"))]
        self.assertEqual(len(found), len(expected))
        for one, other in zip(found, expected):
            self.assertEqual(one.argmax(-1).tolist(), other.argmax(-1).tolist())

    def check(self, name):
        self.sinter = options.sinter
        with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
            folder = pathlib.Path(scratch)
            model = self.model(name, folder)
            artifact = self.compile(model, folder / "model.so", "-j", 1, "--target", options.target,
                                    "--precision", options.precision)
            for sizes in GRAPHS[name]:
                with self.subTest(sizes=sizes):
                    inputs = agreement.write_expected(model, sizes, folder / "expected.npz")
                    self.assert_agrees(artifact, "--expect", folder / "expected.npz")
                    if name in CLASSIFIERS:
                        self.assert_same_classes(artifact, inputs, folder)
            if options.target != "cpu" or options.precision != "fp32":
                return  # the facts are those of code for the CPU
            inputs = agreement.some_inputs(model, GRAPHS[name])
            self.assert_facts(model, artifact,
                              agreement.input_arguments(inputs, folder / "inputs.npz"))
            if options.address:
                self.compile(model, artifact, "--sanitize=address")
                runner.assert_clean(self, options.address, 2, *runner.parts(artifact, inputs))


def add_test(name):
    setattr(Graphs, "test_" + re.sub(r"\W", "_", name), lambda self: self.check(name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--scratch", required=True)
    parser.add_argument("--address", help="the runner of code under the address sanitizer")
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--precision", default="fp32")
    options, rest = parser.parse_known_args()
    os.makedirs(options.scratch, exist_ok=True)
    for graph in GRAPHS:
        add_test(graph)
    unittest.main(argv=[__file__, *rest], verbosity=2)
