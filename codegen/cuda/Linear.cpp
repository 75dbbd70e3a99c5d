// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Linear.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::cuda {

std::optional<int64_t> factorOf(AffineExpr expression, unsigned iterator,
                                unsigned iterators) {
  MLIRContext *context = expression.getContext();
  AffineExpr dim = getAffineDimExpr(iterator, context);
  AffineExpr next = expression.replace(dim, dim + 1);
  auto factor = dyn_cast<AffineConstantExpr>(
      simplifyAffineExpr(next - expression, iterators, 0));
  return factor ? std::optional(factor.getValue()) : std::nullopt;
}

std::optional<int64_t> originOf(AffineExpr expression, unsigned iterators) {
  SmallVector<AffineExpr> zeros(
      iterators, getAffineConstantExpr(0, expression.getContext()));
  auto origin = dyn_cast<AffineConstantExpr>(
      simplifyAffineExpr(expression.replaceDims(zeros), iterators, 0));
  return origin ? std::optional(origin.getValue()) : std::nullopt;
}

bool isMultiple(DimAttr dim, int64_t count) {
  return llvm::all_of(dim.getTerms(), [&](auto term) {
    return term.getCoefficient() % count == 0;
  });
}

FailureOr<SmallVector<DimAttr>> stridesOf(ArrayRef<DimAttr> dims) {
  SmallVector<DimAttr> strides(dims.size());
  FailureOr<DimAttr> stride;
  for (size_t axis = dims.size(); axis-- > 0;) {
    stride = axis + 1 == dims.size()
                 ? FailureOr(DimAttr::constant(dims[axis].getContext(), 1))
                 : graph::multiply(*stride, dims[axis + 1]);
    if (failed(stride))
      return failure();
    strides[axis] = *stride;
  }
  return strides;
}

std::optional<Linear> findLinear(const codegen::OperandMap &operand) {
  AffineMap map = operand.map;
  MLIRContext *context = map.getContext();
  FailureOr<SmallVector<DimAttr>> axisStrides = stridesOf(operand.dims);
  if (failed(axisStrides))
    return std::nullopt;
  DimAttr zero = DimAttr::constant(context, 0), offset = zero;
  Linear linear;
  linear.strides.assign(map.getNumDims(), zero);
  // sum += factor * stride
  auto add = [&](DimAttr &sum, std::optional<int64_t> factor, DimAttr stride) {
    if (!factor)
      return false;
    FailureOr<DimAttr> term =
        graph::multiply(DimAttr::constant(context, *factor), stride);
    if (succeeded(term))
      term = graph::add(sum, *term);
    sum = succeeded(term) ? *term : sum;
    return succeeded(term);
  };
  for (auto [axis, expression] : llvm::enumerate(map.getResults())) {
    DimAttr stride = (*axisStrides)[axis];
    if (operand.broadcastIterator(axis) ||
        !add(offset, originOf(expression, map.getNumDims()), stride))
      return std::nullopt;
    for (unsigned iterator = 0; iterator < map.getNumDims(); ++iterator)
      if (!add(linear.strides[iterator],
               factorOf(expression, iterator, map.getNumDims()), stride))
        return std::nullopt;
  }
  std::optional<int64_t> constant = offset.getConstant();
  if (!constant)
    return std::nullopt;
  linear.offset = *constant;
  return linear;
}

std::optional<DimAttr> mergedStride(const Linear &linear, kernel::StageOp stage,
                                    ArrayRef<unsigned> iterators) {
  DimAttr merged, inner, count;
  for (unsigned iterator : llvm::reverse(iterators)) {
    DimAttr extent = stage.getExtent(iterator);
    if (extent.getConstant() == 1)
      continue;
    DimAttr stride = linear.strides[iterator];
    if (!merged) {
      merged = stride;
    } else {
      FailureOr<DimAttr> next = graph::multiply(inner, count);
      if (failed(next) || *next != stride)
        return std::nullopt;
    }
    inner = stride;
    count = extent;
  }
  return merged;
}

} // namespace sinter::cuda
