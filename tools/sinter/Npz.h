// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's archives: zip files of .npy members, stored or deflated.
#pragma once

#include "compiler/support/Error.h"
#include "tools/sinter/Tensor.h"
#include <span>
#include <string>
#include <vector>

namespace sinter::cli {

/// All arrays of an archive with their names. Errors: those of parseNpy,
/// E0520-E0522. Memory is bounded by what the bytes can hold.
Result<std::vector<Tensor>> parseNpz(const std::string &path,
                                     std::span<const std::byte> bytes);

} // namespace sinter::cli
