// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/onnx/ElementTypes.h"
#include "dialects/graph/Infer.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"

namespace sinter {

/// Every result has a number of bytes, which fits 64 bits; else a diagnostic.
inline bool checkSizes(mlir::Location loc, mlir::TypeRange results) {
  for (mlir::Type result : results) {
    if (mlir::succeeded(onnx::bytesOf(result)))
      continue;
    mlir::FailureOr<llvm::SmallVector<graph::DimAttr>> dims =
        graph::dimsOf(result);
    mlir::emitError(loc) << "a result of shape "
                         << (mlir::failed(dims) ? "" : graph::toString(*dims))
                         << " exceeds 64 bits or is too complex";
    return false;
  }
  return true;
}

/// Makes one graph op with inferred result types. Null after a diagnostic, if
/// it violates a constraint.
template <typename Op>
mlir::Operation *makeOp(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::ValueRange operands,
                        typename Op::Properties properties) {
  llvm::SmallVector<mlir::Type, 1> types;
  if (mlir::failed(Op::inferReturnTypes(builder.getContext(), loc, operands, {},
                                        mlir::OpaqueProperties(&properties), {},
                                        types)))
    return nullptr;
  if (!checkSizes(loc, types))
    return nullptr;
  mlir::OperationState state(loc, Op::getOperationName());
  state.addOperands(operands);
  state.addTypes(types);
  state.getOrAddProperties<typename Op::Properties>() = properties;
  mlir::Operation *op = builder.create(state);
  if (mlir::succeeded(op->getName().verifyInvariants(op)))
    return op;
  op->erase();
  return nullptr;
}

} // namespace sinter
