# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles real models and compares their outputs with recorded ones and ONNX Runtime.

The models are not part of the repository: without their folder each test is
skipped by name.
"""
import argparse
import dataclasses
import pathlib
import re
import tempfile
import unittest

import agreement


@dataclasses.dataclass
class Model:
    """`sizes` are those of the symbols in a comparison with the oracle each; `step` is that of
    the outputs of a quantised model; `refused` says why it may be refused; `oracle` may be
    "reference", the evaluator of the onnx package."""
    sizes: tuple = ()
    step: float | None = None
    refused: str | None = None
    oracle: str = "onnxruntime"


ONCE = ({},)
MODELS = {
    "acasxu-1-1": Model(),
    "basic-pitch": Model(({"unk__749": 2},)),
    "byte-sb-bilstm": Model(({"batch": 3, "length": 17},)),
    "cct2-cifar-opset20": Model(),
    "cntk-scan-lstm": Model(({"Sequence": 1}, {"Sequence": 7})),
    "dtln-1": Model(),
    "external-data-pads": Model(),
    "fastestdet": Model(ONCE),
    "gpt2-megatron": Model(({"batch_size": 2, "seq_len": 11, "past_seq_len": 0},)),
    "gpt2-nopast-tiny": Model(({"batch_size": 3, "seq_len": 7},)),
    "gtcrn-stream": Model(),
    "matmulnbits-2bit": Model(refused="MatMulNBits"),
    "mel-stft-op20": Model(({"T": 4}, {"T": 9}), refused="STFT"),
    "micro-kws-fp32": Model(),
    "micro-kws-qdq": Model(({"unk__68": 3},), step=1 / 255),
    "mjx-apollo-policy": Model(),
    "mlperf-tiny-autoencoder": Model(),
    "mlperf-tiny-mobilenet-v1": Model(),
    "mlperf-tiny-resnet8": Model(),
    "mnist-8": Model(),
    "nested-if-loop-if-scan": Model(refused="control flow"),
    "nms-yolov7-postproc": Model(ONCE),
    "ppocrv2-cls": Model(ONCE),
    "qlstm-kaldi-scan": Model(({"?": 5},), refused="Scan"),
    "rlsar-g1-motion": Model(),
    "road-seg-adas-0001": Model(ONCE),
    "silero-vad-v5": Model(),
    "static-cache-decoder-op24": Model(({"batch": 1, "sequence_len": 1}, {"batch": 2, "sequence_len": 3})),
    "super-resolution-10": Model(({"batch_size": 2},)),
    "t5-random-decoder": Model(({"batch": 1, "target_tokens": 17, "source_tokens": 9},)),
    "t5-random-encoder": Model(({"batch": 3, "tokens": 19},)),
    "tiny-gpt2-contrib-fp32": Model(refused="contrib ops"),
    "trees-lgbm-classifier": Model(({"batch": 5},), refused="tree ensembles"),
    "trees-rf-iris": Model(({"?": 3},)),
    "trees-sklearn-rf": Model(refused="tree ensembles"),
    "trees-xgb": Model(({"?": 3},), refused="tree ensembles"),
    "tsne-scan-knn": Model(({"?": 5},), refused="Scan"),
    "unet-sed-dynamic": Model(({"N": 2},)),
    "vittrack": Model(ONCE),
    "voicevox-duration": Model(({"sequence": 77},)),
    "voicevox-intonation-loop": Model(),
    "voicevox-spectrogram": Model(({"length": 31},), refused="a Squeeze without axes"),
    "yunet-n-dynamic": Model((
        {"batch": 1, "height": 64, "width": 96},
        {"batch": 2, "height": 160, "width": 128},
        {"batch": 1, "height": 96, "width": 224},
    ), oracle="reference"),  # ONNX Runtime's Sigmoid is only exact to 1e-7, and outputs are small
}

options = None


def records(folder):
    """The arguments of `sinter compare` for each recorded data set."""
    found = [("--test-data", path) for path in sorted(folder.glob("test_data_*"))]
    if not found and (folder / "io.npz").exists():
        found = [("--expect", folder / "io.npz")]
    return found


class Models(agreement.AgreementTest):
    def check(self, name):
        model = MODELS[name]
        self.sinter = options.sinter
        folder = pathlib.Path(options.shared) / "data" / "models" / name
        if not folder.exists():
            self.skipTest(f"{name}: no models in {options.shared}")
        with tempfile.TemporaryDirectory() as scratch:
            artifact = pathlib.Path(scratch) / "model.so"
            compiled = agreement.run(options.sinter, "compile", folder / "model.onnx", "-o",
                                     artifact, "--quiet")
            if model.refused and compiled.returncode == 3:
                self.skipTest(f"{name}: {model.refused}: {compiled.stderr.splitlines()[0]}")
            self.assertEqual(compiled.returncode, 0, compiled.stdout + compiled.stderr)
            for record in records(folder):
                with self.subTest(record=str(record[1])):
                    self.assert_agrees(artifact, *record, step=model.step)
            if model.sizes and agreement.missing:
                self.skipTest(f"{name} with other sizes: {agreement.missing}")
            for sizes in model.sizes:
                with self.subTest(sizes=sizes):
                    expected = pathlib.Path(scratch) / "expected.npz"
                    agreement.write_expected(folder / "model.onnx", sizes, expected, model.oracle)
                    self.assert_agrees(artifact, "--expect", expected, step=model.step)
            self.assertTrue(model.sizes or records(folder), "there is something to compare with")


def add_test(name):
    setattr(Models, "test_" + re.sub(r"\W", "_", name), lambda self: self.check(name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--shared", required=True)
    options, rest = parser.parse_known_args()
    for each in MODELS:
        add_test(each)
    unittest.main(argv=[__file__, *rest], verbosity=2)
