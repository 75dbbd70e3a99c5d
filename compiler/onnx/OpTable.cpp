// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/OpTable.h"

#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/Unary.h"
#include "llvm/ADT/STLExtras.h"

namespace sinter::onnx {
namespace {

constexpr int64_t newest = 28;

template <typename Op> Values unary(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  return {node.make<Op>(node.input(0))};
}

template <typename Op> Values binary(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  return {node.make<Op>({node.input(0), alignedRight(node)})};
}

// Sorted by name.
constexpr OpRow rows[] = {
    {"Abs", 1, newest, unary<graph::AbsOp>},
    {"Acos", 7, newest, unary<graph::AcosOp>},
    {"Acosh", 9, newest, unary<graph::AcoshOp>},
    {"Add", 1, newest, binary<graph::AddOp>},
    {"And", 1, newest, binary<graph::AndOp>},
    {"ArgMax", 1, newest, importArgMax},
    {"ArgMin", 1, newest, importArgMin},
    {"Asin", 7, newest, unary<graph::AsinOp>},
    {"Asinh", 9, newest, unary<graph::AsinhOp>},
    {"Atan", 7, newest, unary<graph::AtanOp>},
    {"Atanh", 9, newest, unary<graph::AtanhOp>},
    {"Attention", 23, newest, importAttention},
    {"AveragePool", 1, newest, importAveragePool},
    {"BatchNormalization", 1, newest, importBatchNormalization},
    {"BitCast", 26, newest, importBitCast},
    {"BitShift", 11, newest, importBitShift},
    {"BitwiseAnd", 18, newest, binary<graph::BitAndOp>},
    {"BitwiseNot", 18, newest, unary<graph::BitNotOp>},
    {"BitwiseOr", 18, newest, binary<graph::BitOrOp>},
    {"BitwiseXor", 18, newest, binary<graph::BitXorOp>},
    {"BlackmanWindow", 17, newest, importBlackmanWindow},
    {"Cast", 1, newest, importCast},
    {"CastLike", 15, newest, importCastLike},
    {"Ceil", 1, newest, unary<graph::CeilOp>},
    {"Celu", 12, newest, importCelu},
    {"CenterCropPad", 18, newest, importCenterCropPad},
    {"Clip", 1, newest, importClip},
    {"Compress", 9, newest, importCompress},
    {"Concat", 1, newest, importConcat},
    {"ConcatFromSequence", 11, newest, importConcatFromSequence},
    {"Constant", 1, newest, importConstant},
    {"ConstantOfShape", 9, newest, importConstantOfShape},
    {"Conv", 1, newest, importConv},
    {"ConvInteger", 10, newest, importConvInteger},
    {"ConvTranspose", 1, newest, importConvTranspose},
    {"Cos", 7, newest, unary<graph::CosOp>},
    {"Cosh", 9, newest, unary<graph::CoshOp>},
    {"CumProd", 26, newest, importCumProd},
    {"CumSum", 11, newest, importCumSum},
    {"DFT", 17, newest, importDft},
    {"DepthToSpace", 1, newest, importDepthToSpace},
    {"DequantizeLinear", 10, newest, importDequantizeLinear},
    {"Div", 1, newest, binary<graph::DivOp>},
    {"Dropout", 1, newest, importDropout},
    {"DynamicQuantizeLinear", 11, newest, importDynamicQuantizeLinear},
    {"Einsum", 12, newest, importEinsum},
    {"Elu", 1, newest, importElu},
    {"Equal", 1, newest, binary<graph::EqualOp>},
    {"Erf", 9, newest, unary<graph::ErfOp>},
    {"Exp", 1, newest, unary<graph::ExpOp>},
    {"Expand", 8, newest, importExpand},
    {"EyeLike", 9, newest, importEyeLike},
    {"Flatten", 1, newest, importFlatten},
    {"Floor", 1, newest, unary<graph::FloorOp>},
    {"GRU", 7, newest, importGRU},
    {"Gather", 1, newest, importGather},
    {"GatherElements", 11, newest, importGatherElements},
    {"GatherND", 11, newest, importGatherND},
    {"Gelu", 20, newest, importGelu},
    {"Gemm", 1, newest, importGemm},
    {"GlobalAveragePool", 1, newest, importGlobalAveragePool},
    {"GlobalLpPool", 2, newest, importGlobalLpPool},
    {"GlobalMaxPool", 1, newest, importGlobalMaxPool},
    {"Greater", 1, newest, binary<graph::GreaterOp>},
    {"GreaterOrEqual", 12, newest, binary<graph::GreaterOrEqualOp>},
    {"GridSample", 16, newest, importGridSample},
    {"GroupNormalization", 18, newest, importGroupNormalization},
    {"HammingWindow", 17, newest, importHammingWindow},
    {"HannWindow", 17, newest, importHannWindow},
    {"HardSigmoid", 1, newest, importHardSigmoid},
    {"HardSwish", 14, newest, importHardSwish},
    {"Hardmax", 1, newest, importHardmax},
    {"Identity", 1, newest, importIdentity},
    {"InstanceNormalization", 1, newest, importInstanceNormalization},
    {"IsInf", 10, newest, importIsInf},
    {"IsNaN", 9, newest, importIsNaN},
    {"LRN", 1, newest, importLrn},
    {"LSTM", 7, newest, importLSTM},
    {"LayerNormalization", 17, newest, importLayerNormalization},
    {"LeakyRelu", 1, newest, importLeakyRelu},
    {"Less", 1, newest, binary<graph::LessOp>},
    {"LessOrEqual", 12, newest, binary<graph::LessOrEqualOp>},
    {"Log", 1, newest, unary<graph::LogOp>},
    {"LogSoftmax", 1, newest, importLogSoftmax},
    {"LpNormalization", 1, newest, importLpNormalization},
    {"LpPool", 2, newest, importLpPool},
    {"MatMul", 1, newest, importMatMul},
    {"MatMulInteger", 10, newest, importMatMulInteger},
    {"Max", 1, newest, importMax},
    {"MaxPool", 1, newest, importMaxPool},
    {"Mean", 1, newest, importMean},
    {"MeanVarianceNormalization", 9, newest, importMeanVarianceNormalization},
    {"Min", 1, newest, importMin},
    {"Mish", 18, newest, importMish},
    {"Mod", 10, newest, importMod},
    {"Mul", 1, newest, binary<graph::MulOp>},
    {"Neg", 1, newest, unary<graph::NegOp>},
    {"NegativeLogLikelihoodLoss", 12, newest, importNegativeLogLikelihoodLoss},
    {"NonMaxSuppression", 10, newest, importNonMaxSuppression},
    {"NonZero", 9, newest, importNonZero},
    {"Not", 1, newest, unary<graph::NotOp>},
    {"OneHot", 9, newest, importOneHot},
    {"Or", 1, newest, binary<graph::OrOp>},
    {"PRelu", 1, newest, importPRelu},
    {"Pad", 1, newest, importPad},
    {"Pow", 1, newest, importPow},
    {"QLinearConv", 10, newest, importQLinearConv},
    {"QLinearMatMul", 10, newest, importQLinearMatMul},
    {"QuantizeLinear", 10, newest, importQuantizeLinear},
    {"RMSNormalization", 23, newest, importRmsNormalization},
    {"RNN", 7, newest, importRNN},
    {"Range", 11, newest, importRange},
    {"Reciprocal", 1, newest, unary<graph::ReciprocalOp>},
    {"ReduceL1", 1, newest, importReduceL1},
    {"ReduceL2", 1, newest, importReduceL2},
    {"ReduceLogSum", 1, newest, importReduceLogSum},
    {"ReduceLogSumExp", 1, newest, importReduceLogSumExp},
    {"ReduceMax", 1, newest, importReduceMax},
    {"ReduceMean", 1, newest, importReduceMean},
    {"ReduceMin", 1, newest, importReduceMin},
    {"ReduceProd", 1, newest, importReduceProd},
    {"ReduceSum", 1, newest, importReduceSum},
    {"ReduceSumSquare", 1, newest, importReduceSumSquare},
    {"Relu", 1, newest, unary<graph::ReluOp>},
    {"Reshape", 1, newest, importReshape},
    {"Resize", 10, newest, importResize},
    {"ReverseSequence", 10, newest, importReverseSequence},
    {"RotaryEmbedding", 23, newest, importRotaryEmbedding},
    {"Round", 11, newest, unary<graph::RoundOp>},
    {"STFT", 17, newest, importStft},
    {"Scatter", 9, 10, importScatterElements},
    {"ScatterElements", 11, newest, importScatterElements},
    {"ScatterND", 11, newest, importScatterND},
    {"Selu", 1, newest, importSelu},
    {"SequenceAt", 11, newest, importSequenceAt},
    {"SequenceConstruct", 11, newest, importSequenceConstruct},
    {"SequenceEmpty", 11, newest, importSequenceEmpty},
    {"SequenceErase", 11, newest, importSequenceErase},
    {"SequenceInsert", 11, newest, importSequenceInsert},
    {"SequenceLength", 11, newest, importSequenceLength},
    {"Shape", 1, newest, importShape},
    {"Shrink", 9, newest, importShrink},
    {"Sigmoid", 1, newest, unary<graph::SigmoidOp>},
    {"Sign", 9, newest, unary<graph::SignOp>},
    {"Sin", 7, newest, unary<graph::SinOp>},
    {"Sinh", 9, newest, unary<graph::SinhOp>},
    {"Size", 1, newest, importSize},
    {"Slice", 1, newest, importSlice},
    {"Softmax", 1, newest, importSoftmax},
    {"SoftmaxCrossEntropyLoss", 12, newest, importSoftmaxCrossEntropyLoss},
    {"Softplus", 1, newest, importSoftplus},
    {"Softsign", 1, newest, importSoftsign},
    {"SpaceToDepth", 1, newest, importSpaceToDepth},
    {"Split", 2, newest, importSplit},
    {"SplitToSequence", 11, newest, importSplitToSequence},
    {"Sqrt", 1, newest, unary<graph::SqrtOp>},
    {"Squeeze", 1, newest, importSqueeze},
    {"Sub", 1, newest, binary<graph::SubOp>},
    {"Sum", 1, newest, importSum},
    {"SwiGLU", 28, newest, importSwiGlu},
    {"Swish", 24, newest, importSwish},
    {"Tan", 7, newest, unary<graph::TanOp>},
    {"Tanh", 1, newest, unary<graph::TanhOp>},
    {"TensorScatter", 24, newest, importTensorScatter},
    {"ThresholdedRelu", 10, newest, importThresholdedRelu},
    {"Tile", 1, newest, importTile},
    {"TopK", 1, newest, importTopK},
    {"Transpose", 1, newest, importTranspose},
    {"Trilu", 14, newest, importTrilu},
    {"Unique", 11, newest, importUnique},
    {"Unsqueeze", 1, newest, importUnsqueeze},
    {"Upsample", 7, newest, importUpsample},
    {"Where", 9, newest, importWhere},
    {"Xor", 1, newest, binary<graph::XorOp>},
};

constexpr int64_t newestOfMl = 5;

// Domain ai.onnx.ml.
constexpr OpRow rowsOfMl[] = {
    {"ArrayFeatureExtractor", 1, newestOfMl, importArrayFeatureExtractor},
    {"Binarizer", 1, newestOfMl, importBinarizer},
    {"Imputer", 1, newestOfMl, importImputer},
    {"LinearRegressor", 1, newestOfMl, importLinearRegressor},
    {"Normalizer", 1, newestOfMl, importNormalizer},
    {"Scaler", 1, newestOfMl, importScaler},
    {"TreeEnsembleClassifier", 1, newestOfMl, importTreeEnsembleClassifier},
    {"TreeEnsembleRegressor", 1, newestOfMl, importTreeEnsembleRegressor},
    {"ZipMap", 1, newestOfMl, importZipMap},
};

// Domain com.microsoft.
constexpr OpRow rowsOfMicrosoft[] = {
    {"Attention", 1, 1, importContribAttention},
    {"BiasGelu", 1, 1, importBiasGelu},
    {"EmbedLayerNormalization", 1, 1, importEmbedLayerNormalization},
    {"FastGelu", 1, 1, importFastGelu},
    {"Gelu", 1, 1, importBiasGelu},
    {"MatMulNBits", 1, 1, importMatMulNBits},
    {"QuickGelu", 1, 1, importQuickGelu},
    {"SkipLayerNormalization", 1, 1, importSkipLayerNormalization},
    {"SkipSimplifiedLayerNormalization", 1, 1,
     importSkipSimplifiedLayerNormalization},
};

} // namespace

const OpRow *findOp(std::string_view domain, std::string_view type) {
  llvm::ArrayRef<OpRow> table;
  if (domain.empty() || domain == "ai.onnx")
    table = rows;
  else if (domain == "ai.onnx.ml")
    table = rowsOfMl;
  else if (domain == "com.microsoft")
    table = rowsOfMicrosoft;
  const OpRow *row = llvm::lower_bound(
      table, type,
      [](const OpRow &row, std::string_view type) { return row.type < type; });
  return row != table.end() && row->type == type ? row : nullptr;
}

} // namespace sinter::onnx
