// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors in files, by the suffix of the file's name.
#pragma once

#include "compiler/support/Error.h"
#include "tools/sinter/Tensor.h"
#include <span>
#include <string>

namespace sinter::cli {

/// Reads a .npy, .npz or .pb file. Of an archive it is the array called `name`,
/// or the only one. Errors: E0506, E0508, E0510-E0531.
Result<Tensor> readTensor(const std::string &path, const std::string &name);

/// Writes `stem`.npy, or .pb where NumPy lacks the type. Gives the path.
/// Error: E0507.
Result<std::string> writeTensor(const std::string &stem,
                                const std::string &name, int32_t type,
                                const std::vector<int64_t> &dims,
                                std::span<const std::byte> data);

} // namespace sinter::cli
