// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NumPy's array format, https://numpy.org/doc/stable/reference/generated/
// numpy.lib.format.html, versions 1 to 3.
#pragma once

#include "compiler/support/Error.h"
#include "tools/sinter/Tensor.h"
#include <span>
#include <string>

namespace sinter::cli {

/// Reads an array; Fortran order becomes row-major. `path` is for messages.
/// Errors: E0510-E0514.
Result<Tensor> parseNpy(const std::string &path,
                        std::span<const std::byte> bytes);

/// The bytes before the data of a file with this tensor, whose type NumPy has.
std::string npyHeader(int32_t type, const std::vector<int64_t> &dims);

} // namespace sinter::cli
