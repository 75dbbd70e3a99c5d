// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/PlanView.h"
#include <algorithm>
#include <fmt/format.h>

namespace sinter {
namespace {

constexpr unsigned maxFormulaDepth = 64;

std::optional<int64_t> floorDivide(int64_t a, int64_t b) {
  if (b == 0 || (a == INT64_MIN && b == -1))
    return std::nullopt;
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

std::optional<int64_t> ceilDivide(int64_t a, int64_t b) {
  if (b == 0 || (a == INT64_MIN && b == -1))
    return std::nullopt;
  return a / b + (a % b != 0 && (a < 0) == (b < 0));
}

std::optional<int64_t> apply(uint32_t code, int64_t a, int64_t b) {
  int64_t result;
  bool overflow = false;
  switch (code) {
  case SINTER_SIZE_ADD:
    overflow = __builtin_add_overflow(a, b, &result);
    break;
  case SINTER_SIZE_SUB:
    overflow = __builtin_sub_overflow(a, b, &result);
    break;
  case SINTER_SIZE_MUL:
    overflow = __builtin_mul_overflow(a, b, &result);
    break;
  case SINTER_SIZE_FLOORDIV:
    return floorDivide(a, b);
  case SINTER_SIZE_CEILDIV:
    return ceilDivide(a, b);
  case SINTER_SIZE_MOD: {
    const auto quotient = floorDivide(a, b);
    return quotient ? std::optional(a - b * *quotient) : std::nullopt;
  }
  case SINTER_SIZE_MIN:
    return std::min(a, b);
  case SINTER_SIZE_MAX:
    return std::max(a, b);
  case SINTER_SIZE_BCAST:
    if (a != b && a != 1 && b != 1)
      return std::nullopt;
    return a == 1 ? b : a;
  default:
    return std::nullopt;
  }
  return overflow ? std::nullopt : std::optional(result);
}

/// A part of a formula: parentheses are due around what is not atomic.
struct Term {
  std::string text;
  bool atomic = true;
};

std::string wrapped(const Term &term) {
  return term.atomic ? term.text : "(" + term.text + ")";
}

Term combine(uint32_t code, const Term &a, const Term &b) {
  auto infix = [&](const char *sign) -> Term {
    return {wrapped(a) + sign + wrapped(b), false};
  };
  auto call = [&](const char *name) -> Term {
    return {fmt::format("{}({}, {})", name, a.text, b.text)};
  };
  switch (code) {
  case SINTER_SIZE_ADD:
    return infix(" + ");
  case SINTER_SIZE_SUB:
    return infix(" - ");
  case SINTER_SIZE_MUL:
    return infix("*");
  case SINTER_SIZE_FLOORDIV:
    return call("floordiv");
  case SINTER_SIZE_CEILDIV:
    return call("ceildiv");
  case SINTER_SIZE_MOD:
    return infix(" mod ");
  case SINTER_SIZE_MIN:
    return call("min");
  case SINTER_SIZE_MAX:
    return call("max");
  default:
    return call("broadcast");
  }
}

} // namespace

std::optional<int64_t>
PlanView::evaluate(uint32_t expr,
                   std::span<const std::optional<int64_t>> values) const {
  std::vector<int64_t> stack;
  for (const sinter_size_step &step : steps(expr)) {
    if (step.code == SINTER_SIZE_CONST) {
      stack.push_back(step.value);
      continue;
    }
    if (step.code == SINTER_SIZE_SYMBOL) {
      if (size_t(step.value) >= values.size() || !values[size_t(step.value)])
        return std::nullopt;
      stack.push_back(*values[size_t(step.value)]);
      continue;
    }
    if (step.code == SINTER_SIZE_EXPR)
      return std::nullopt;
    const int64_t b = stack.back();
    stack.pop_back();
    const auto result = apply(step.code, stack.back(), b);
    if (!result)
      return std::nullopt;
    stack.back() = *result;
  }
  return stack.back();
}

std::optional<uint32_t> PlanView::symbolOf(uint32_t expr) const {
  const auto code = steps(expr);
  if (code.size() != 1 || code[0].code != SINTER_SIZE_SYMBOL)
    return std::nullopt;
  return uint32_t(code[0].value);
}

std::string PlanView::formula(uint32_t expr, unsigned depth) const {
  if (const auto value = evaluate(expr, {}))
    return std::to_string(*value);
  std::vector<Term> stack;
  for (const sinter_size_step &step : steps(expr)) {
    if (step.code == SINTER_SIZE_EXPR) {
      // Sums of many parts begin with the sum of the first ones.
      const bool isShown = stack.empty() && depth < maxFormulaDepth;
      stack.push_back(
          {isShown ? formula(uint32_t(step.value), depth + 1) : "..."});
    } else if (step.code == SINTER_SIZE_CONST) {
      stack.push_back({std::to_string(step.value)});
    } else if (step.code == SINTER_SIZE_SYMBOL) {
      stack.push_back({text(symbols()[size_t(step.value)].name)});
    } else {
      const Term b = std::move(stack.back());
      stack.pop_back();
      stack.back() = combine(step.code, stack.back(), b);
    }
  }
  return stack.back().text;
}

std::string PlanView::shape(uint32_t dims, uint32_t rank) const {
  std::vector<std::string> texts;
  for (uint32_t expr : list(dims, rank))
    texts.push_back(formula(expr));
  return fmt::format("[{}]", fmt::join(texts, ","));
}

const char *PlanView::opName(uint32_t kind) {
  const char *const names[] = {"launch", "guard",  "copy",
                               "bind",   "if",     "loop",
                               "place",  "append", "device launch"};
  return kind < std::size(names) ? names[kind] : "?";
}

std::string PlanView::blockName(uint32_t block) {
  return block == SINTER_BLOCK_INIT   ? "init"
         : block == SINTER_BLOCK_MAIN ? "main"
                                      : std::to_string(block);
}

} // namespace sinter
