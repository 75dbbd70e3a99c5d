// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Changes protobuf messages without their schema: what is changed is a field,
// so that the lengths around it stay right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sinter::fuzz {

/// Changes the message in the first `size` of `data` and gives its new size;
/// 0 if it is no message or the changed one does not fit. `other` may lend
/// fields.
size_t mutateMessage(std::span<uint8_t> data, size_t size,
                     std::span<const uint8_t> other, unsigned seed);

} // namespace sinter::fuzz
