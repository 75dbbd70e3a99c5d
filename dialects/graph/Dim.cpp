// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/Dim.h"

#include "dialects/graph/DimParts.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::graph {
namespace {

//===- Order --------------------------------------------------------------===//

int compareFactors(Attribute lhs, Attribute rhs) {
  if (lhs == rhs)
    return 0;
  auto leftSymbol = dyn_cast<DimSymbolAttr>(lhs);
  auto rightSymbol = dyn_cast<DimSymbolAttr>(rhs);
  if (leftSymbol && rightSymbol)
    return leftSymbol.getName().compare(rightSymbol.getName());
  if (leftSymbol || rightSymbol)
    return leftSymbol ? -1 : 1;
  auto left = cast<DimCallAttr>(lhs);
  auto right = cast<DimCallAttr>(rhs);
  if (left.getFunction() != right.getFunction())
    return left.getFunction() < right.getFunction() ? -1 : 1;
  if (int order =
          compare(cast<DimAttr>(left.getLhs()), cast<DimAttr>(right.getLhs())))
    return order;
  return compare(cast<DimAttr>(left.getRhs()), cast<DimAttr>(right.getRhs()));
}

/// Higher degree first, then by factors; the constant term is last.
int compareProducts(ArrayRef<Attribute> lhs, ArrayRef<Attribute> rhs) {
  if (lhs.size() != rhs.size())
    return lhs.size() > rhs.size() ? -1 : 1;
  for (auto [left, right] : llvm::zip_equal(lhs, rhs))
    if (int order = compareFactors(left, right))
      return order;
  return 0;
}

} // namespace

int compare(DimAttr lhs, DimAttr rhs) {
  if (lhs == rhs)
    return 0;
  for (auto [left, right] : llvm::zip(lhs.getTerms(), rhs.getTerms())) {
    if (int order = compareProducts(left.getFactors(), right.getFactors()))
      return order;
    if (left.getCoefficient() != right.getCoefficient())
      return left.getCoefficient() < right.getCoefficient() ? -1 : 1;
  }
  return lhs.getTerms().size() < rhs.getTerms().size() ? -1 : 1;
}

//===- Parts --------------------------------------------------------------===//

DimAttr fromFactor(Attribute factor) {
  MLIRContext *context = factor.getContext();
  return DimAttr::get(context, DimTermAttr::get(context, 1, factor));
}

int64_t sizeOf(ArrayRef<DimTermAttr> terms) {
  int64_t size = 0;
  for (DimTermAttr term : terms) {
    size += 1;
    for (Attribute factor : term.getFactors()) {
      auto call = dyn_cast<DimCallAttr>(factor);
      size += call ? call.getSize() : 1;
    }
  }
  return size;
}

namespace {

FailureOr<DimAttr> makeDim(MLIRContext *context, ArrayRef<DimTermAttr> terms) {
  if (sizeOf(terms) > maxDimSize)
    return failure();
  return DimAttr::get(context, terms);
}

FailureOr<DimAttr> scale(DimAttr dim, int64_t by) {
  return multiply(dim, DimAttr::constant(dim.getContext(), by));
}

} // namespace

//===- DimAttr ------------------------------------------------------------===//

DimAttr DimAttr::constant(MLIRContext *context, int64_t value) {
  if (value == 0)
    return DimAttr::get(context, {});
  return DimAttr::get(context, DimTermAttr::get(context, value, {}));
}

DimAttr DimAttr::symbol(MLIRContext *context, llvm::StringRef name) {
  return fromFactor(DimSymbolAttr::get(context, name));
}

std::optional<int64_t> DimAttr::getConstant() const {
  if (getTerms().empty())
    return 0;
  if (getTerms().size() == 1 && getTerms().front().getFactors().empty())
    return getTerms().front().getCoefficient();
  return std::nullopt;
}

//===- Arithmetic ---------------------------------------------------------===//

FailureOr<DimAttr> add(DimAttr lhs, DimAttr rhs) {
  ArrayRef<DimTermAttr> left = lhs.getTerms(), right = rhs.getTerms();
  SmallVector<DimTermAttr> sum;
  while (!left.empty() && !right.empty()) {
    int order =
        compareProducts(left.front().getFactors(), right.front().getFactors());
    if (order != 0) {
      auto &next = order < 0 ? left : right;
      sum.push_back(next.consume_front());
      continue;
    }
    int64_t coefficient;
    if (llvm::AddOverflow(left.front().getCoefficient(),
                          right.front().getCoefficient(), coefficient))
      return failure();
    if (coefficient != 0)
      sum.push_back(DimTermAttr::get(lhs.getContext(), coefficient,
                                     left.front().getFactors()));
    left = left.drop_front();
    right = right.drop_front();
  }
  llvm::append_range(sum, left);
  llvm::append_range(sum, right);
  return makeDim(lhs.getContext(), sum);
}

FailureOr<DimAttr> subtract(DimAttr lhs, DimAttr rhs) {
  FailureOr<DimAttr> negated = scale(rhs, -1);
  if (failed(negated))
    return failure();
  return add(lhs, *negated);
}

FailureOr<DimAttr> multiply(DimAttr lhs, DimAttr rhs) {
  MLIRContext *context = lhs.getContext();
  FailureOr<DimAttr> sum = DimAttr::constant(context, 0);
  for (DimTermAttr left : lhs.getTerms()) {
    for (DimTermAttr right : rhs.getTerms()) {
      int64_t coefficient;
      if (llvm::MulOverflow(left.getCoefficient(), right.getCoefficient(),
                            coefficient))
        return failure();
      SmallVector<Attribute> factors(left.getFactors());
      llvm::append_range(factors, right.getFactors());
      llvm::stable_sort(factors, [](Attribute a, Attribute b) {
        return compareFactors(a, b) < 0;
      });
      sum = add(*sum,
                DimAttr::get(context,
                             DimTermAttr::get(context, coefficient, factors)));
      if (failed(sum))
        return failure();
    }
  }
  return sum;
}

/// The quotient of two terms; null if it is none.
static DimTermAttr divideTerms(DimTermAttr dividend, DimTermAttr divisor) {
  int64_t by = divisor.getCoefficient(), from = dividend.getCoefficient();
  if ((from == INT64_MIN && by == -1) || from % by != 0)
    return {};
  SmallVector<Attribute> rest;
  ArrayRef<Attribute> missing = divisor.getFactors();
  for (Attribute factor : dividend.getFactors()) {
    if (!missing.empty() && missing.front() == factor)
      missing = missing.drop_front();
    else
      rest.push_back(factor);
  }
  if (!missing.empty())
    return {};
  return DimTermAttr::get(dividend.getContext(), from / by, rest);
}

/// Long division: the order of terms is one of monomials, so the first term of
/// a product is the product of the first terms.
FailureOr<DimAttr> exactQuotient(DimAttr dividend, DimAttr divisor) {
  MLIRContext *context = dividend.getContext();
  FailureOr<DimAttr> quotient = DimAttr::constant(context, 0);
  FailureOr<DimAttr> rest = dividend;
  if (divisor.getTerms().empty())
    return failure();
  for (int64_t step = 0; step < maxDimSize; ++step) {
    if (rest->getTerms().empty())
      return quotient;
    DimTermAttr term =
        divideTerms(rest->getTerms().front(), divisor.getTerms().front());
    if (!term)
      return failure();
    DimAttr next = DimAttr::get(context, term);
    FailureOr<DimAttr> part = multiply(next, divisor);
    if (failed(part))
      return failure();
    rest = subtract(*rest, *part);
    quotient = add(*quotient, next);
    if (failed(rest) || failed(quotient))
      return failure();
  }
  return failure();
}

FailureOr<DimAttr> product(MLIRContext *context, ArrayRef<DimAttr> dims) {
  FailureOr<DimAttr> result = DimAttr::constant(context, 1);
  for (DimAttr dim : dims) {
    result = multiply(*result, dim);
    if (failed(result))
      return failure();
  }
  return result;
}

//===- Evaluation ---------------------------------------------------------===//

FailureOr<int64_t>
evaluate(DimAttr dim,
         llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> sizeOf) {
  auto factorValue = [&](Attribute factor) -> FailureOr<int64_t> {
    if (auto symbol = dyn_cast<DimSymbolAttr>(factor)) {
      std::optional<int64_t> size = sizeOf(symbol.getName());
      if (!size)
        return failure();
      return *size;
    }
    auto call = cast<DimCallAttr>(factor);
    FailureOr<int64_t> lhs = evaluate(cast<DimAttr>(call.getLhs()), sizeOf);
    FailureOr<int64_t> rhs = evaluate(cast<DimAttr>(call.getRhs()), sizeOf);
    if (failed(lhs) || failed(rhs))
      return failure();
    return applyConstants(call.getFunction(), *lhs, *rhs);
  };
  int64_t sum = 0;
  for (DimTermAttr term : dim.getTerms()) {
    int64_t value = term.getCoefficient();
    for (Attribute factor : term.getFactors()) {
      FailureOr<int64_t> size = factorValue(factor);
      if (failed(size) || llvm::MulOverflow(value, *size, value))
        return failure();
    }
    if (llvm::AddOverflow(sum, value, sum))
      return failure();
  }
  return sum;
}

int64_t nominalSize(DimAttr dim) {
  FailureOr<int64_t> size =
      evaluate(dim, [](llvm::StringRef) { return std::optional<int64_t>(1); });
  return succeeded(size) ? std::max<int64_t>(*size, 1) : 1;
}

} // namespace sinter::graph
