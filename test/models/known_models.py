# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The real models of the tests, and the sizes of their symbols."""
import dataclasses


@dataclasses.dataclass
class Model:
    """`sizes` are those of the symbols in a comparison with the oracle each, and the values of
    scalar inputs; a symbol without a name is called INPUT.AXIS. `step` is that of the outputs of a
    quantised model; `oracle` may be "reference", the evaluator of the onnx package."""
    sizes: tuple = ()
    step: float | None = None
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
    # It has eight positions.
    "gpt2-nopast-tiny": Model(({"batch_size": 3, "seq_len": 7},)),
    "gtcrn-stream": Model(),
    "matmulnbits-2bit": Model(ONCE),
    "mel-stft-op20": Model(({"T": 4}, {"T": 9})),
    "micro-kws-fp32": Model(),
    "micro-kws-qdq": Model(({"unk__68": 3},), step=1 / 255),
    "mjx-apollo-policy": Model(),
    "mlperf-tiny-autoencoder": Model(),
    "mlperf-tiny-mobilenet-v1": Model(),
    "mlperf-tiny-resnet8": Model(),
    "mnist-8": Model(),
    "nested-if-loop-if-scan": Model(),
    "nms-yolov7-postproc": Model(ONCE),
    "ppocrv2-cls": Model(ONCE),
    "qlstm-kaldi-scan": Model(({"input.0": 5},)),
    "rlsar-g1-motion": Model(),
    "road-seg-adas-0001": Model(ONCE),
    "silero-vad-v5": Model((
        {"input.0": 3, "input.1": 512, "state.1": 3, "sr": 16000},
        {"input.0": 2, "input.1": 256, "state.1": 2, "sr": 8000},
    )),
    "static-cache-decoder-op24": Model((
        {"batch": 1, "sequence_len": 1},
        {"batch": 3, "sequence_len": 7},
    )),
    "super-resolution-10": Model(({"batch_size": 2},)),
    # Its bias broadcasts the batch against the tokens: they are equal, or one is 1.
    "t5-random-decoder": Model((
        {"batch": 1, "target_tokens": 17, "source_tokens": 9},
        {"batch": 3, "target_tokens": 3, "source_tokens": 9},
    )),
    "t5-random-encoder": Model(({"batch": 3, "tokens": 19},)),
    "tiny-gpt2-contrib-fp32": Model((
        {"batch_size": 3, "seq_len": 5, "past_seq_len": 4, "total_seq_len": 9},
    )),
    "trees-lgbm-classifier": Model(({"batch": 5},)),
    "trees-rf-iris": Model(({"float_input.0": 1}, {"float_input.0": 3})),
    "trees-sklearn-rf": Model(),
    "trees-xgb": Model(({"X.0": 3},)),
    "tsne-scan-knn": Model(({"input.0": 5},)),
    "unet-sed-dynamic": Model(({"N": 2},)),
    "vittrack": Model(ONCE),
    "voicevox-duration": Model(({"sequence": 77},)),
    "voicevox-intonation-loop": Model(({"length": 9},)),
    "voicevox-spectrogram": Model(({"length": 31},)),
    "yunet-n-dynamic": Model((
        {"batch": 1, "height": 64, "width": 96},
        {"batch": 2, "height": 160, "width": 128},
        {"batch": 1, "height": 96, "width": 224},
    ), oracle="reference"),  # ONNX Runtime's Sigmoid is only exact to 1e-7, and outputs are small
}


# Those that every fast run takes.
SMALL = ("acasxu-1-1", "gpt2-nopast-tiny", "micro-kws-qdq", "mlperf-tiny-resnet8", "mnist-8")


# Those that are compiled with fewer bits too: convolutions, attention, recurrence. Not among them are
# yunet, whose outputs are sigmoids down to 1e-7 (in fp16 Frobenius 3e-2 of such an output), and
# mel-stft, whose powers are less than f16 holds.
NARROW = ("byte-sb-bilstm", "gpt2-nopast-tiny", "mlperf-tiny-resnet8", "mnist-8", "vittrack")


def part(name):
    """The models of "small" or "narrow", and of "large" all others than the small ones."""
    if name == "narrow":
        return list(NARROW)
    return [model for model in MODELS if (model in SMALL) == (name == "small")]
