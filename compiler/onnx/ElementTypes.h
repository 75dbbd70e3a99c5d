// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include <cstdint>

namespace sinter::onnx {

/// The element type of a TensorProto data type; null for strings and types
/// without a graph type. Signed integers are signless, unsigned ones unsigned.
mlir::Type elementType(mlir::MLIRContext *context, int32_t dataType);

/// The TensorProto data type of a graph element type; 0 (UNDEFINED) if none.
int32_t dataTypeOf(mlir::Type element);

} // namespace sinter::onnx
