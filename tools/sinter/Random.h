// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/support/Error.h"
#include "tools/sinter/Tensor.h"

namespace sinter::cli {

/// A tensor of made-up values: normally distributed floating-point numbers,
/// integers from 0 to 9 (3 in under 8 bits), either bool. They depend on
/// `seed` alone. Errors: E0542 (type), E0543 (shape).
Result<Tensor> randomTensor(const std::string &name, int32_t type,
                            const std::vector<int64_t> &dims, uint64_t seed);

} // namespace sinter::cli
