// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/Types.h"

#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::graph {
namespace {

/// A constant that is no legal size stays `?`; verifyEncoding refuses it.
int64_t builtinSize(DimAttr dim) {
  std::optional<int64_t> constant = dim.getConstant();
  return constant && *constant >= 0 ? *constant : ShapedType::kDynamic;
}

} // namespace

LogicalResult GraphTypeAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    llvm::function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != getDims().size())
    return emitError() << "encoding has " << getDims().size()
                       << " dims for a tensor of rank " << shape.size();
  for (auto [index, dim] : llvm::enumerate(getDims())) {
    std::optional<int64_t> constant = dim.getConstant();
    if (constant && *constant < 0)
      return emitError() << "dim " << index << " is negative: " << *constant;
    if (shape[index] != builtinSize(dim)) {
      InFlightDiagnostic diagnostic = emitError();
      std::string text;
      llvm::raw_string_ostream os(text);
      printDim(os, dim);
      return diagnostic << "dim " << index << " is '" << text
                        << "' in the encoding, but not in the shape";
    }
  }
  return success();
}

RankedTensorType tensorType(ArrayRef<DimAttr> dims, Type elementType) {
  SmallVector<int64_t> shape(llvm::map_range(dims, builtinSize));
  return RankedTensorType::get(
      shape, elementType, GraphTypeAttr::get(elementType.getContext(), dims));
}

FailureOr<SmallVector<DimAttr>> dimsOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return failure();
  if (auto encoding = dyn_cast_or_null<GraphTypeAttr>(tensor.getEncoding()))
    return SmallVector<DimAttr>(encoding.getDims());
  if (tensor.getEncoding() || !tensor.hasStaticShape())
    return failure();
  return SmallVector<DimAttr>(
      llvm::map_range(tensor.getShape(), [&](int64_t size) {
        return DimAttr::constant(type.getContext(), size);
      }));
}

FailureOr<SmallVector<DimAttr>> broadcastDims(ArrayRef<DimAttr> lhs,
                                              ArrayRef<DimAttr> rhs) {
  if (lhs.size() < rhs.size())
    std::swap(lhs, rhs);
  SmallVector<DimAttr> result(lhs);
  size_t offset = lhs.size() - rhs.size();
  for (auto [index, dim] : llvm::enumerate(rhs)) {
    FailureOr<DimAttr> both =
        apply(DimFunction::Bcast, lhs[offset + index], dim);
    if (failed(both))
      return failure();
    result[offset + index] = *both;
  }
  return result;
}

} // namespace sinter::graph
