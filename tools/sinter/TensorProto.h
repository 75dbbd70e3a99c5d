// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files that hold one ONNX TensorProto.
#pragma once

#include "compiler/support/Error.h"
#include "tools/sinter/Tensor.h"
#include <span>
#include <string>

namespace sinter::cli {

/// Reads a tensor. Errors: E0530 (no TensorProto), E0531 (strings, external
/// data), E0140-E0149.
Result<Tensor> parseTensorProto(const std::string &path,
                                std::span<const std::byte> bytes);

/// The bytes before the data of such a file.
std::string tensorProtoHeader(const std::string &name, int32_t type,
                              const std::vector<int64_t> &dims,
                              uint64_t dataBytes);

} // namespace sinter::cli
