// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Importers of ops that are no table rows of one graph op. Each returns the
// values of the outputs it supports, in order; null or absent ones are not.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

Values importArgMax(NodeImport &node);
Values importArgMin(NodeImport &node);
Values importArrayFeatureExtractor(NodeImport &node);
Values importAttention(NodeImport &node);
Values importAveragePool(NodeImport &node);
Values importBatchNormalization(NodeImport &node);
Values importBiasGelu(NodeImport &node);
Values importBinarizer(NodeImport &node);
Values importBitCast(NodeImport &node);
Values importBitShift(NodeImport &node);
Values importBlackmanWindow(NodeImport &node);
Values importCast(NodeImport &node);
Values importCastLike(NodeImport &node);
Values importCelu(NodeImport &node);
Values importCenterCropPad(NodeImport &node);
Values importClip(NodeImport &node);
Values importCompress(NodeImport &node);
Values importConcat(NodeImport &node);
Values importConcatFromSequence(NodeImport &node);
Values importConstant(NodeImport &node);
Values importConstantOfShape(NodeImport &node);
Values importContribAttention(NodeImport &node);
Values importConv(NodeImport &node);
Values importConvInteger(NodeImport &node);
Values importConvTranspose(NodeImport &node);
Values importCumProd(NodeImport &node);
Values importCumSum(NodeImport &node);
Values importDepthToSpace(NodeImport &node);
Values importDequantizeLinear(NodeImport &node);
Values importDft(NodeImport &node);
Values importDropout(NodeImport &node);
Values importDynamicQuantizeLinear(NodeImport &node);
Values importEinsum(NodeImport &node);
Values importElu(NodeImport &node);
Values importEmbedLayerNormalization(NodeImport &node);
Values importExpand(NodeImport &node);
Values importEyeLike(NodeImport &node);
Values importFastGelu(NodeImport &node);
Values importFlatten(NodeImport &node);
Values importGRU(NodeImport &node);
Values importGather(NodeImport &node);
Values importGatherElements(NodeImport &node);
Values importGatherND(NodeImport &node);
Values importGelu(NodeImport &node);
Values importGemm(NodeImport &node);
Values importGlobalAveragePool(NodeImport &node);
Values importGlobalLpPool(NodeImport &node);
Values importGlobalMaxPool(NodeImport &node);
Values importGridSample(NodeImport &node);
Values importGroupNormalization(NodeImport &node);
Values importHammingWindow(NodeImport &node);
Values importHannWindow(NodeImport &node);
Values importHardSigmoid(NodeImport &node);
Values importHardSwish(NodeImport &node);
Values importHardmax(NodeImport &node);
Values importIdentity(NodeImport &node);
Values importImputer(NodeImport &node);
Values importInstanceNormalization(NodeImport &node);
Values importIsInf(NodeImport &node);
Values importIsNaN(NodeImport &node);
Values importLSTM(NodeImport &node);
Values importLayerNormalization(NodeImport &node);
Values importLeakyRelu(NodeImport &node);
Values importLinearRegressor(NodeImport &node);
Values importLogSoftmax(NodeImport &node);
Values importLpNormalization(NodeImport &node);
Values importLpPool(NodeImport &node);
Values importLrn(NodeImport &node);
Values importMatMul(NodeImport &node);
Values importMatMulInteger(NodeImport &node);
Values importMatMulNBits(NodeImport &node);
Values importMax(NodeImport &node);
Values importMaxPool(NodeImport &node);
Values importMean(NodeImport &node);
Values importMeanVarianceNormalization(NodeImport &node);
Values importMin(NodeImport &node);
Values importMish(NodeImport &node);
Values importMod(NodeImport &node);
Values importNegativeLogLikelihoodLoss(NodeImport &node);
Values importNonMaxSuppression(NodeImport &node);
Values importNonZero(NodeImport &node);
Values importNormalizer(NodeImport &node);
Values importOneHot(NodeImport &node);
Values importPRelu(NodeImport &node);
Values importPad(NodeImport &node);
Values importPow(NodeImport &node);
Values importQLinearConv(NodeImport &node);
Values importQLinearMatMul(NodeImport &node);
Values importQuantizeLinear(NodeImport &node);
Values importQuickGelu(NodeImport &node);
Values importRNN(NodeImport &node);
Values importRange(NodeImport &node);
Values importReduceL1(NodeImport &node);
Values importReduceL2(NodeImport &node);
Values importReduceLogSum(NodeImport &node);
Values importReduceLogSumExp(NodeImport &node);
Values importReduceMax(NodeImport &node);
Values importReduceMean(NodeImport &node);
Values importReduceMin(NodeImport &node);
Values importReduceProd(NodeImport &node);
Values importReduceSum(NodeImport &node);
Values importReduceSumSquare(NodeImport &node);
Values importReshape(NodeImport &node);
Values importResize(NodeImport &node);
Values importReverseSequence(NodeImport &node);
Values importRmsNormalization(NodeImport &node);
Values importRotaryEmbedding(NodeImport &node);
Values importScaler(NodeImport &node);
Values importScatterElements(NodeImport &node);
Values importScatterND(NodeImport &node);
Values importSelu(NodeImport &node);
Values importSequenceAt(NodeImport &node);
Values importSequenceConstruct(NodeImport &node);
Values importSequenceEmpty(NodeImport &node);
Values importSequenceErase(NodeImport &node);
Values importSequenceInsert(NodeImport &node);
Values importSequenceLength(NodeImport &node);
Values importShape(NodeImport &node);
Values importShrink(NodeImport &node);
Values importSize(NodeImport &node);
Values importSkipLayerNormalization(NodeImport &node);
Values importSkipSimplifiedLayerNormalization(NodeImport &node);
Values importSlice(NodeImport &node);
Values importSoftmax(NodeImport &node);
Values importSoftmaxCrossEntropyLoss(NodeImport &node);
Values importSoftplus(NodeImport &node);
Values importSoftsign(NodeImport &node);
Values importSpaceToDepth(NodeImport &node);
Values importSplit(NodeImport &node);
Values importSplitToSequence(NodeImport &node);
Values importSqueeze(NodeImport &node);
Values importStft(NodeImport &node);
Values importSum(NodeImport &node);
Values importSwiGlu(NodeImport &node);
Values importSwish(NodeImport &node);
Values importTensorScatter(NodeImport &node);
Values importThresholdedRelu(NodeImport &node);
Values importTile(NodeImport &node);
Values importTopK(NodeImport &node);
Values importTranspose(NodeImport &node);
Values importTreeEnsembleClassifier(NodeImport &node);
Values importTreeEnsembleRegressor(NodeImport &node);
Values importTrilu(NodeImport &node);
Values importUnique(NodeImport &node);
Values importUnsqueeze(NodeImport &node);
Values importUpsample(NodeImport &node);
Values importWhere(NodeImport &node);
Values importZipMap(NodeImport &node);

/// The second input, aligned as the node's opset says.
mlir::Value alignedRight(NodeImport &node);

/// The graph's element type for a type number of ONNX; E0207 if there is none.
mlir::Type elementOf(NodeImport &node, int64_t type);

/// A constant. E0213 (with `name`), and the errors of tensorContents.
Result<mlir::Value> importTensor(const ::onnx::TensorProto &tensor,
                                 ImportState &state, std::string_view name,
                                 mlir::Location loc);

} // namespace sinter::onnx
