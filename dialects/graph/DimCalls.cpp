// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that are not polynomial, and their simplification.
#include "dialects/graph/Dim.h"
#include "dialects/graph/DimParts.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::graph {

FailureOr<int64_t> applyConstants(DimFunction function, int64_t lhs,
                                  int64_t rhs) {
  bool divides = function == DimFunction::FloorDiv ||
                 function == DimFunction::CeilDiv ||
                 function == DimFunction::Mod;
  if (divides && (rhs == 0 || (lhs == INT64_MIN && rhs == -1)))
    return failure();
  int64_t quotient = divides ? lhs / rhs : 0;
  int64_t remainder = divides ? lhs % rhs : 0;
  bool sameSign = (lhs < 0) == (rhs < 0);
  switch (function) {
  case DimFunction::FloorDiv:
    return quotient - (remainder != 0 && !sameSign);
  case DimFunction::CeilDiv:
    return quotient + (remainder != 0 && sameSign);
  case DimFunction::Mod:
    return remainder != 0 && !sameSign ? remainder + rhs : remainder;
  case DimFunction::Min:
    return std::min(lhs, rhs);
  case DimFunction::Max:
    return std::max(lhs, rhs);
  case DimFunction::Bcast:
    if (lhs != rhs && lhs != 1 && rhs != 1)
      return failure();
    return lhs == 1 ? rhs : lhs;
  }
  return failure();
}

namespace {

/// The sum of the terms whose coefficient `divisor` divides, divided by it, and
/// the sum of the others.
std::pair<DimAttr, DimAttr> splitByDivisor(DimAttr dim, int64_t divisor) {
  MLIRContext *context = dim.getContext();
  SmallVector<DimTermAttr> quotient, rest;
  for (DimTermAttr term : dim.getTerms()) {
    if (term.getCoefficient() % divisor == 0)
      quotient.push_back(DimTermAttr::get(
          context, term.getCoefficient() / divisor, term.getFactors()));
    else
      rest.push_back(term);
  }
  return {DimAttr::get(context, quotient), DimAttr::get(context, rest)};
}

FailureOr<DimAttr> makeCall(DimFunction function, DimAttr lhs, DimAttr rhs) {
  int64_t size = 1 + sizeOf(lhs.getTerms()) + sizeOf(rhs.getTerms());
  if (size >= maxDimSize)
    return failure();
  return fromFactor(
      DimCallAttr::get(lhs.getContext(), function, lhs, rhs, size));
}

/// The call that is all of `dim`; null if there is none.
DimCallAttr matchCall(DimFunction function, DimAttr dim) {
  if (dim.getTerms().size() != 1)
    return {};
  DimTermAttr term = dim.getTerms().front();
  if (term.getCoefficient() != 1 || term.getFactors().size() != 1)
    return {};
  auto call = dyn_cast<DimCallAttr>(term.getFactors().front());
  return call && call.getFunction() == function ? call : DimCallAttr();
}

/// x and a of `dim` = f(x, a) with a positive constant a; nothing otherwise.
std::optional<std::pair<DimAttr, int64_t>> matchQuotient(DimFunction function,
                                                         DimAttr dim) {
  DimCallAttr call = matchCall(function, dim);
  if (!call)
    return std::nullopt;
  std::optional<int64_t> divisor = cast<DimAttr>(call.getRhs()).getConstant();
  if (!divisor || *divisor <= 0)
    return std::nullopt;
  return std::pair(cast<DimAttr>(call.getLhs()), *divisor);
}

FailureOr<DimAttr> applyToDivisor(DimFunction function, DimAttr lhs,
                                  int64_t divisor);

/// (x / a + c) / b = (x + a*c) / (a*b), rounded the same way both times, for
/// constants a, b and c. Failure if `dim` is not of that form.
FailureOr<DimAttr> mergeQuotients(DimFunction function, DimAttr dim,
                                  int64_t divisor) {
  MLIRContext *context = dim.getContext();
  ArrayRef<DimTermAttr> terms = dim.getTerms();
  if (terms.empty() || terms.size() > 2 || function == DimFunction::Mod)
    return failure();
  DimAttr rest = DimAttr::get(context, terms.drop_front());
  auto inner = matchQuotient(function, DimAttr::get(context, terms.front()));
  int64_t merged;
  if (!inner || !rest.getConstant() ||
      llvm::MulOverflow(inner->second, divisor, merged))
    return failure();
  FailureOr<DimAttr> offset =
      multiply(rest, DimAttr::constant(context, inner->second));
  if (failed(offset))
    return failure();
  FailureOr<DimAttr> dividend = add(inner->first, *offset);
  if (failed(dividend))
    return failure();
  return applyToDivisor(function, *dividend, merged);
}

/// floordiv, ceildiv and mod by a positive constant.
FailureOr<DimAttr> applyToDivisor(DimFunction function, DimAttr lhs,
                                  int64_t divisor) {
  auto [quotient, rest] = splitByDivisor(lhs, divisor);
  FailureOr<DimAttr> remaining;
  if (std::optional<int64_t> constant = rest.getConstant()) {
    FailureOr<int64_t> value = applyConstants(function, *constant, divisor);
    if (failed(value))
      return failure();
    remaining = DimAttr::constant(lhs.getContext(), *value);
  } else if (FailureOr<DimAttr> merged =
                 mergeQuotients(function, rest, divisor);
             succeeded(merged)) {
    remaining = merged;
  } else {
    remaining =
        makeCall(function, rest, DimAttr::constant(lhs.getContext(), divisor));
  }
  if (failed(remaining) || function == DimFunction::Mod)
    return remaining;
  return add(quotient, *remaining);
}

/// min and max where the difference of the operands has a known sign.
DimAttr applyToOrdered(DimFunction function, DimAttr lhs, DimAttr rhs) {
  bool wantsLess = function == DimFunction::Min;
  if (FailureOr<DimAttr> difference = subtract(lhs, rhs);
      succeeded(difference) && isNonNegative(*difference))
    return wantsLess ? rhs : lhs;
  if (FailureOr<DimAttr> difference = subtract(rhs, lhs);
      succeeded(difference) && isNonNegative(*difference))
    return wantsLess ? lhs : rhs;
  return nullptr;
}

/// The operands of nested calls of an associative function.
void appendOperands(DimFunction function, DimAttr dim,
                    SmallVectorImpl<DimAttr> &operands) {
  DimCallAttr call = matchCall(function, dim);
  if (!call) {
    operands.push_back(dim);
    return;
  }
  appendOperands(function, cast<DimAttr>(call.getLhs()), operands);
  appendOperands(function, cast<DimAttr>(call.getRhs()), operands);
}

/// Is bcast(operand, by) = operand wherever it is defined? So it is for
/// operand = min(by, c) and by alike, c > 0: where they differ, c is below `by`
/// and they broadcast only for c = 1. The larger one is the result.
bool isBroadcastOf(DimAttr operand, DimAttr by) {
  SmallVector<DimAttr> parts;
  appendOperands(DimFunction::Min, operand, parts);
  return parts.size() > 1 && llvm::all_of(parts, [&](DimAttr part) {
           return part == by || part.getConstant().value_or(0) > 0;
         });
}

/// Does `by` make `operand` superfluous in a chain of the function?
bool isAbsorbed(DimFunction function, DimAttr operand, DimAttr by) {
  if (function == DimFunction::Bcast)
    return isBroadcastOf(operand, by);
  return applyToOrdered(function, operand, by) == by;
}

/// min, max and bcast are associative, commutative and idempotent: a chain
/// f(f(a, b), c) of different operands in order.
FailureOr<DimAttr> applyToChain(DimFunction function, DimAttr lhs,
                                DimAttr rhs) {
  SmallVector<DimAttr> operands, kept;
  appendOperands(function, lhs, operands);
  appendOperands(function, rhs, operands);
  llvm::sort(operands, [](DimAttr a, DimAttr b) { return compare(a, b) < 0; });
  operands.erase(llvm::unique(operands), operands.end());
  for (DimAttr operand : operands) {
    if (llvm::any_of(kept, [&](DimAttr other) {
          return isAbsorbed(function, operand, other);
        }))
      continue;
    llvm::erase_if(kept, [&](DimAttr other) {
      return isAbsorbed(function, other, operand);
    });
    kept.push_back(operand);
  }
  FailureOr<DimAttr> chain = kept.front();
  for (DimAttr operand : ArrayRef(kept).drop_front()) {
    chain = makeCall(function, *chain, operand);
    if (failed(chain))
      return failure();
  }
  return chain;
}

bool isNonNegativeFactor(Attribute factor) {
  auto call = dyn_cast<DimCallAttr>(factor);
  if (!call)
    return true;
  auto lhs = cast<DimAttr>(call.getLhs());
  auto rhs = cast<DimAttr>(call.getRhs());
  switch (call.getFunction()) {
  case DimFunction::Mod:
    return isNonNegative(rhs);
  case DimFunction::Max:
    return isNonNegative(lhs) || isNonNegative(rhs);
  case DimFunction::FloorDiv:
  case DimFunction::CeilDiv:
  case DimFunction::Min:
  case DimFunction::Bcast:
    return isNonNegative(lhs) && isNonNegative(rhs);
  }
  return false;
}

} // namespace

FailureOr<DimAttr> apply(DimFunction function, DimAttr lhs, DimAttr rhs) {
  std::optional<int64_t> left = lhs.getConstant(), right = rhs.getConstant();
  if (left && right) {
    FailureOr<int64_t> value = applyConstants(function, *left, *right);
    if (failed(value))
      return failure();
    return DimAttr::constant(lhs.getContext(), *value);
  }
  switch (function) {
  case DimFunction::FloorDiv:
  case DimFunction::CeilDiv:
  case DimFunction::Mod:
    if (right == 0)
      return failure();
    if (right && *right > 0)
      return applyToDivisor(function, lhs, *right);
    break;
  case DimFunction::Min:
  case DimFunction::Max:
    return applyToChain(function, lhs, rhs);
  case DimFunction::Bcast:
    if (lhs == rhs || right == 1)
      return lhs;
    if (left == 1)
      return rhs;
    // The other side can only be 1 or this constant; a guard checks that.
    if (left || right)
      return left ? lhs : rhs;
    return applyToChain(function, lhs, rhs);
  }
  return makeCall(function, lhs, rhs);
}

bool isNonNegative(DimAttr dim) {
  return llvm::all_of(dim.getTerms(), [](DimTermAttr term) {
    return term.getCoefficient() >= 0 &&
           llvm::all_of(term.getFactors(), isNonNegativeFactor);
  });
}

} // namespace sinter::graph
