// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/Regions.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

bool isSingle(Type type, unsigned width) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && tensor.getNumElements() == 1 &&
         tensor.getElementType().isSignlessInteger(width);
}

llvm::StringRef symbolOf(DimAttr dim) {
  if (dim.getTerms().size() != 1)
    return {};
  DimTermAttr term = dim.getTerms().front();
  if (term.getCoefficient() != 1 || term.getFactors().size() != 1)
    return {};
  auto symbol = dyn_cast<DimSymbolAttr>(term.getFactors().front());
  return symbol ? symbol.getName() : llvm::StringRef();
}

void forEachSymbol(DimAttr dim,
                   llvm::function_ref<void(llvm::StringRef)> visit) {
  for (DimTermAttr term : dim.getTerms())
    for (Attribute factor : term.getFactors()) {
      if (auto symbol = dyn_cast<DimSymbolAttr>(factor)) {
        visit(symbol.getName());
        continue;
      }
      auto call = cast<DimCallAttr>(factor);
      forEachSymbol(cast<DimAttr>(call.getLhs()), visit);
      forEachSymbol(cast<DimAttr>(call.getRhs()), visit);
    }
}

bool isWidened(Type from, Type to) {
  FailureOr<SmallVector<DimAttr>> fromDims = dimsOf(from), toDims = dimsOf(to);
  if (failed(fromDims) || failed(toDims) ||
      fromDims->size() != toDims->size() ||
      cast<ShapedType>(from).getElementType() !=
          cast<ShapedType>(to).getElementType())
    return false;
  for (auto [fromDim, toDim] : llvm::zip_equal(*fromDims, *toDims))
    if (fromDim != toDim && symbolOf(toDim).empty())
      return false;
  return true;
}

bool widenDims(llvm::SmallVectorImpl<DimAttr> &dims,
               llvm::ArrayRef<DimAttr> others,
               llvm::function_ref<DimAttr()> newSymbol,
               llvm::function_ref<bool(llvm::StringRef)> isSuchSymbol) {
  bool changed = false;
  for (auto [dim, other] : llvm::zip_equal(dims, others)) {
    llvm::StringRef symbol = symbolOf(dim);
    if (dim == other || (!symbol.empty() && isSuchSymbol(symbol)))
      continue;
    dim = newSymbol();
    changed = true;
  }
  return changed;
}

Type stackedType(Type slice, DimAttr runs,
                 llvm::function_ref<DimAttr()> newSymbol,
                 llvm::function_ref<bool(llvm::StringRef)> isOfARun) {
  SmallVector<DimAttr> dims{runs};
  FailureOr<SmallVector<DimAttr>> sliceDims = dimsOf(slice);
  for (DimAttr dim : *sliceDims) {
    bool isInside = false;
    forEachSymbol(
        dim, [&](llvm::StringRef symbol) { isInside |= isOfARun(symbol); });
    dims.push_back(isInside ? newSymbol() : dim);
  }
  return tensorType(dims, cast<ShapedType>(slice).getElementType());
}

SmallVector<std::pair<llvm::StringRef, DimAttr>> widenedDims(Type from,
                                                             Type to) {
  SmallVector<std::pair<llvm::StringRef, DimAttr>> widened;
  for (auto [fromDim, toDim] : llvm::zip_equal(*dimsOf(from), *dimsOf(to)))
    if (fromDim != toDim)
      widened.push_back({symbolOf(toDim), fromDim});
  return widened;
}

} // namespace sinter::graph
