// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/Infer.h"

#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::graph {

FailureOr<SmallVector<DimAttr>> requireDims(std::optional<Location> loc,
                                            Value value) {
  FailureOr<SmallVector<DimAttr>> dims = dimsOf(value.getType());
  if (failed(dims))
    return emitOptionalError(loc, "operand of type ", value.getType(),
                             " has a dynamic dim without #graph.type");
  return dims;
}

LogicalResult checkWindows(std::optional<Location> loc, const Windows &windows,
                           size_t spatialRank) {
  auto fits = [](ArrayRef<int64_t> values, size_t count, int64_t least) {
    return values.size() == count &&
           llvm::all_of(values, [=](int64_t value) { return value >= least; });
  };
  if (!fits(windows.strides, spatialRank, 1) ||
      !fits(windows.dilations, spatialRank, 1) ||
      !fits(windows.pads, 2 * spatialRank, 0))
    return emitOptionalError(loc, "strides [", windows.strides,
                             "], dilations [", windows.dilations, "] or pads [",
                             windows.pads, "] do not fit ", spatialRank,
                             " spatial axes");
  if (!windows.sizes.empty() && !fits(windows.sizes, spatialRank, 1))
    return emitOptionalError(loc, "window [", windows.sizes, "] does not fit ",
                             spatialRank, " spatial axes");
  return success();
}

/// (input + pads - dilation * (window - 1) - 1) floordiv stride + 1; with
/// ceilMode ceildiv, but no window begins at or after input + padBefore.
FailureOr<DimAttr> windowedSize(DimAttr input, const Windows &windows,
                                size_t axis) {
  MLIRContext *context = input.getContext();
  int64_t before = windows.pads[axis], reach, extra;
  if (llvm::MulOverflow(windows.dilations[axis], windows.sizes[axis] - 1,
                        reach) ||
      llvm::AddOverflow(before, windows.pads[axis + windows.pads.size() / 2],
                        extra) ||
      llvm::SubOverflow(extra, reach, extra) ||
      llvm::SubOverflow(extra, int64_t(1), extra))
    return failure();
  FailureOr<DimAttr> last = add(input, DimAttr::constant(context, extra));
  if (failed(last) || last->getConstant().value_or(0) < 0)
    return failure();
  DimAttr stride = DimAttr::constant(context, windows.strides[axis]);
  DimFunction rounded =
      windows.ceilMode ? DimFunction::CeilDiv : DimFunction::FloorDiv;
  FailureOr<DimAttr> steps = apply(rounded, *last, stride);
  if (failed(steps))
    return failure();
  FailureOr<DimAttr> count = add(*steps, DimAttr::constant(context, 1));
  if (failed(count) || !windows.ceilMode)
    return count;
  FailureOr<DimAttr> begins = add(input, DimAttr::constant(context, before));
  if (succeeded(begins))
    begins = apply(DimFunction::CeilDiv, *begins, stride);
  if (failed(begins))
    return failure();
  return apply(DimFunction::Min, *count, *begins);
}

std::string toString(ArrayRef<DimAttr> dims) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(dims, os, [&](DimAttr dim) { printDim(os, dim); });
  os << ']';
  return text;
}

} // namespace sinter::graph
