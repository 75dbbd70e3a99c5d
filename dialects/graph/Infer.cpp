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

std::string toString(ArrayRef<DimAttr> dims) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(dims, os, [&](DimAttr dim) { printDim(os, dim); });
  os << ']';
  return text;
}

} // namespace sinter::graph
