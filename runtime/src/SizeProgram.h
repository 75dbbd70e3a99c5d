// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SIZEPROGRAM_H
#define SINTER_RUNTIME_SIZEPROGRAM_H

#include <cstdint>
#include <span>

#include "sinter/abi.h"

namespace sinter::runtime {

enum class SizeError : uint8_t {
  None,
  Malformed, // unknown code, stack over- or underflow, no such symbol
  Overflow,
  DivisionByZero,
  Broadcast,
  Unbound // a symbol has no value yet
};

struct SizeValue {
  int64_t value = 0;
  SizeError error = SizeError::None;
};

/// What a symbol has that has no value.
constexpr int64_t unboundSymbol = -1;

/// Evaluates a size expression, given the values of those that it may refer to.
/// Safe on any steps; allocates nothing.
SizeValue evaluate(std::span<const sinter_size_step> steps,
                   std::span<const int64_t> symbols,
                   std::span<const SizeValue> earlier = {});

/// Whether `steps` are well-formed for these numbers of symbols and of earlier
/// expressions: then evaluate never answers Malformed.
bool isWellFormed(std::span<const sinter_size_step> steps, size_t symbolCount,
                  size_t earlierCount = 0);

const char *text(SizeError error);

} // namespace sinter::runtime
#endif
