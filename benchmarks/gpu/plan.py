# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is compared: models, precisions, contenders, and the errors they may have."""

MODELS = {"resnet50": "tv_resnet50.ts", "mobilenet_v2": "tv_mobilenet_v2.ts", "bert_base": "hf_bert_base.ts"}
SEQUENCE = 128  # of BERT
PRECISIONS = ("fp32", "fp16", "tf32", "bf16")
CONTENDERS = ("sinter", "eager", "folded", "compile")  # of models

# Relative Frobenius errors against float64: of a model, and of a kernel on the same operands.
MODEL_TOLERANCE = {"fp32": 2e-5, "tf32": 1e-2, "fp16": 2e-2, "bf16": 1e-1}
KERNEL_TOLERANCE = {"fp32": 5e-6, "tf32": 1e-3, "fp16": 1e-3, "bf16": 8e-3}
