// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/MatMul.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult MatMulOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  Type left = getElementTypeOrSelf(adaptor.getLhs());
  Type right = getElementTypeOrSelf(adaptor.getRhs());
  if (left != right) // C1
    return emitOptionalError(loc, "operands have element types ", left, " and ",
                             right, "; expected one");
  FailureOr<SmallVector<DimAttr>> lhs = requireDims(loc, adaptor.getLhs());
  FailureOr<SmallVector<DimAttr>> rhs = requireDims(loc, adaptor.getRhs());
  if (failed(lhs) || failed(rhs))
    return failure();
  if (lhs->size() < 2 || rhs->size() < 2) // C2
    return emitOptionalError(loc, "operands have ranks ", lhs->size(), " and ",
                             rhs->size(), "; expected 2 or more");
  std::optional<int64_t> columns = lhs->back().getConstant();
  std::optional<int64_t> rows = rhs->end()[-2].getConstant();
  if (columns && rows && *columns != *rows) // C3
    return emitOptionalError(loc, "lhs has ", *columns, " columns, rhs has ",
                             *rows, " rows; expected the same number");
  FailureOr<SmallVector<DimAttr>> dims =
      broadcastDims(ArrayRef(*lhs).drop_back(2), ArrayRef(*rhs).drop_back(2));
  if (failed(dims)) // C4
    return emitOptionalError(loc, "batch dims of ", toString(*lhs), " and ",
                             toString(*rhs), " do not broadcast");
  dims->push_back(lhs->end()[-2]);
  dims->push_back(rhs->back());
  results.push_back(tensorType(*dims, left));
  return success();
}

} // namespace sinter::graph
