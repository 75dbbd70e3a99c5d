// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "dialects/graph/Types.h"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sinter::onnx {

/// The element type of a TensorProto data type; null for strings and types
/// without a graph type. Signed integers are signless, unsigned ones unsigned.
mlir::Type elementType(mlir::MLIRContext *context, int32_t dataType);

/// The TensorProto data type of a graph element type; 0 (UNDEFINED) if none.
int32_t dataTypeOf(mlir::Type element);

/// The bytes of a tensor, elements of less than 8 bits one each. Failure if
/// they exceed 64 bits or their expression is too complex.
mlir::FailureOr<graph::DimAttr> bytesOf(mlir::Type tensor);

/// One element of that type: rounded to nearest even; for integers truncated
/// and saturated, 0 for NaN; for bool whether it is not 0.
std::vector<std::byte> bytesOf(double value, mlir::Type element);

} // namespace sinter::onnx
