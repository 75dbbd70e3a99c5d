// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SizeProgram.h"

#include <algorithm>

using namespace sinter::runtime;

namespace {

/// Quotient rounded towards minus infinity (`up` false) or plus infinity.
SizeValue divide(int64_t a, int64_t b, bool up) {
  if (b == 0)
    return {0, SizeError::DivisionByZero};
  if (a == INT64_MIN && b == -1)
    return {0, SizeError::Overflow};
  int64_t quotient = a / b, rest = a % b;
  if (rest != 0) {
    bool positive = (rest < 0) == (b < 0);
    if (up && positive)
      ++quotient;
    if (!up && !positive)
      --quotient;
  }
  return {quotient, SizeError::None};
}

SizeValue modulo(int64_t a, int64_t b) {
  if (b == 0)
    return {0, SizeError::DivisionByZero};
  if (b == -1)
    return {};
  int64_t rest = a % b;
  return {rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest,
          SizeError::None};
}

SizeValue broadcast(int64_t a, int64_t b) {
  if (a == b || b == 1)
    return {a, SizeError::None};
  if (a == 1)
    return {b, SizeError::None};
  return {0, SizeError::Broadcast};
}

SizeValue apply(uint32_t code, int64_t a, int64_t b) {
  int64_t exact = 0;
  bool isTooLarge = false;
  switch (code) {
  case SINTER_SIZE_ADD:
    isTooLarge = __builtin_add_overflow(a, b, &exact);
    break;
  case SINTER_SIZE_SUB:
    isTooLarge = __builtin_sub_overflow(a, b, &exact);
    break;
  case SINTER_SIZE_MUL:
    isTooLarge = __builtin_mul_overflow(a, b, &exact);
    break;
  case SINTER_SIZE_FLOORDIV:
    return divide(a, b, false);
  case SINTER_SIZE_CEILDIV:
    return divide(a, b, true);
  case SINTER_SIZE_MOD:
    return modulo(a, b);
  case SINTER_SIZE_MIN:
    return {std::min(a, b), SizeError::None};
  case SINTER_SIZE_MAX:
    return {std::max(a, b), SizeError::None};
  case SINTER_SIZE_BCAST:
    return broadcast(a, b);
  default:
    return {0, SizeError::Malformed};
  }
  return {exact, isTooLarge ? SizeError::Overflow : SizeError::None};
}

} // namespace

SizeValue sinter::runtime::evaluate(std::span<const sinter_size_step> steps,
                                    std::span<const int64_t> symbols,
                                    std::span<const SizeValue> earlier) {
  constexpr SizeValue malformed = {0, SizeError::Malformed};
  int64_t stack[SINTER_MAX_STACK];
  size_t depth = 0;
  for (const sinter_size_step &step : steps) {
    if (step.code == SINTER_SIZE_EXPR) {
      if (depth == SINTER_MAX_STACK || uint64_t(step.value) >= earlier.size())
        return malformed;
      const SizeValue &value = earlier[size_t(step.value)];
      if (value.error != SizeError::None)
        return value;
      stack[depth++] = value.value;
      continue;
    }
    if (step.code == SINTER_SIZE_CONST || step.code == SINTER_SIZE_SYMBOL) {
      bool isSymbol = step.code == SINTER_SIZE_SYMBOL;
      if (depth == SINTER_MAX_STACK ||
          (isSymbol && uint64_t(step.value) >= symbols.size()))
        return malformed;
      int64_t value = isSymbol ? symbols[size_t(step.value)] : step.value;
      if (isSymbol && value == unboundSymbol)
        return {0, SizeError::Unbound};
      stack[depth++] = value;
      continue;
    }
    if (depth < 2)
      return malformed;
    SizeValue result = apply(step.code, stack[depth - 2], stack[depth - 1]);
    if (result.error != SizeError::None)
      return result;
    stack[--depth - 1] = result.value;
  }
  return depth == 1 ? SizeValue{stack[0], SizeError::None} : malformed;
}

bool sinter::runtime::isWellFormed(std::span<const sinter_size_step> steps,
                                   size_t symbolCount, size_t earlierCount) {
  size_t depth = 0;
  for (const sinter_size_step &step : steps) {
    bool isExpr = step.code == SINTER_SIZE_EXPR;
    if (step.code > SINTER_SIZE_EXPR ||
        (isExpr && uint64_t(step.value) >= earlierCount))
      return false;
    if (step.code == SINTER_SIZE_SYMBOL && uint64_t(step.value) >= symbolCount)
      return false;
    if (step.code > SINTER_SIZE_SYMBOL && !isExpr) {
      if (depth < 2)
        return false;
      --depth;
    } else if (++depth > SINTER_MAX_STACK) {
      return false;
    }
  }
  return depth == 1;
}

const char *sinter::runtime::text(SizeError error) {
  switch (error) {
  case SizeError::None:
    return "no error";
  case SizeError::Malformed:
    return "malformed size expression";
  case SizeError::Overflow:
    return "a size exceeds 64 bits";
  case SizeError::DivisionByZero:
    return "a size is divided by zero";
  case SizeError::Broadcast:
    return "two dims are neither equal nor 1";
  case SizeError::Unbound:
    return "a size that the model computes is not known yet";
  }
  return "unknown";
}
