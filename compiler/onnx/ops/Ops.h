// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Importers of ops that are no table rows; each is in the file of its name.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

Result<Values> importMatMul(const NodeImport &node);

} // namespace sinter::onnx
