// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The infix text of dim expressions: `2*M*N + floordiv(N + 1, 2) + -3`.
#include "dialects/graph/Dim.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {
namespace {

/// Deeper nesting of functions and parentheses is refused, not recursed into.
constexpr int maxParseDepth = 64;

FailureOr<DimAttr> parseSum(AsmParser &parser, int depth);

FailureOr<DimAttr> parseCall(AsmParser &parser, DimFunction function,
                             int depth) {
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLParen())
    return failure();
  FailureOr<DimAttr> lhs = parseSum(parser, depth + 1);
  if (failed(lhs) || parser.parseComma())
    return failure();
  FailureOr<DimAttr> rhs = parseSum(parser, depth + 1);
  if (failed(rhs) || parser.parseRParen())
    return failure();
  FailureOr<DimAttr> result = apply(function, *lhs, *rhs);
  if (failed(result))
    parser.emitError(loc) << stringifyDimFunction(function)
                          << " of these operands has no value";
  return result;
}

FailureOr<DimAttr> parseFactor(AsmParser &parser, int depth) {
  MLIRContext *context = parser.getContext();
  SMLoc loc = parser.getCurrentLocation();
  int64_t constant;
  OptionalParseResult number = parser.parseOptionalInteger(constant);
  if (number.has_value()) {
    if (failed(*number))
      return failure();
    return DimAttr::constant(context, constant);
  }
  std::string quoted;
  if (succeeded(parser.parseOptionalString(&quoted)))
    return DimAttr::symbol(context, quoted);
  if (succeeded(parser.parseOptionalLParen())) {
    FailureOr<DimAttr> sum = parseSum(parser, depth + 1);
    if (failed(sum) || parser.parseRParen())
      return failure();
    return sum;
  }
  StringRef keyword;
  if (failed(parser.parseOptionalKeyword(&keyword))) {
    parser.emitError(loc) << "expected a size, a symbol or a function of dims";
    return failure();
  }
  if (std::optional<DimFunction> function = symbolizeDimFunction(keyword))
    return parseCall(parser, *function, depth);
  return DimAttr::symbol(context, keyword);
}

FailureOr<DimAttr> combine(AsmParser &parser, SMLoc loc,
                           FailureOr<DimAttr> result) {
  if (failed(result))
    parser.emitError(loc) << "a constant of the dim leaves the 64-bit range";
  return result;
}

FailureOr<DimAttr> parseProduct(AsmParser &parser, int depth) {
  FailureOr<DimAttr> result = parseFactor(parser, depth);
  while (succeeded(result) && succeeded(parser.parseOptionalStar())) {
    SMLoc loc = parser.getCurrentLocation();
    FailureOr<DimAttr> next = parseFactor(parser, depth);
    if (failed(next))
      return failure();
    result = combine(parser, loc, multiply(*result, *next));
  }
  return result;
}

FailureOr<DimAttr> parseSum(AsmParser &parser, int depth) {
  if (depth > maxParseDepth) {
    parser.emitError(parser.getCurrentLocation())
        << "dim is nested deeper than " << maxParseDepth;
    return failure();
  }
  // The lexer has no token for a lone minus: a negative summand is `+ -3*N`.
  FailureOr<DimAttr> result = parseProduct(parser, depth);
  while (succeeded(result) && succeeded(parser.parseOptionalPlus())) {
    SMLoc loc = parser.getCurrentLocation();
    FailureOr<DimAttr> next = parseProduct(parser, depth);
    if (failed(next))
      return failure();
    result = combine(parser, loc, add(*result, *next));
  }
  return result;
}

bool isPlainIdentifier(StringRef name) {
  auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name, isWord) && !symbolizeDimFunction(name);
}

void printFactor(llvm::raw_ostream &os, Attribute factor) {
  if (auto symbol = dyn_cast<DimSymbolAttr>(factor)) {
    if (isPlainIdentifier(symbol.getName())) {
      os << symbol.getName();
      return;
    }
    os << '"';
    llvm::printEscapedString(symbol.getName(), os);
    os << '"';
    return;
  }
  auto call = cast<DimCallAttr>(factor);
  os << stringifyDimFunction(call.getFunction()) << '(';
  printDim(os, cast<DimAttr>(call.getLhs()));
  os << ", ";
  printDim(os, cast<DimAttr>(call.getRhs()));
  os << ')';
}

} // namespace

void printDim(llvm::raw_ostream &os, DimAttr dim) {
  if (dim.getTerms().empty())
    os << 0;
  llvm::interleave(
      dim.getTerms(), os,
      [&](DimTermAttr term) {
        bool hasFactors = !term.getFactors().empty();
        if (term.getCoefficient() != 1 || !hasFactors)
          os << term.getCoefficient() << (hasFactors ? "*" : "");
        llvm::interleave(
            term.getFactors(), os,
            [&](Attribute factor) { printFactor(os, factor); }, "*");
      },
      " + ");
}

void DimAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printDim(printer.getStream(), *this);
  printer << '>';
}

Attribute DimAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<DimAttr> dim = parseSum(parser, 0);
  if (failed(dim) || parser.parseGreater())
    return {};
  return *dim;
}

void GraphTypeAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getDims(), printer.getStream(), [&](DimAttr dim) {
    printDim(printer.getStream(), dim);
  });
  printer << "]>";
}

Attribute GraphTypeAttr::parse(AsmParser &parser, Type) {
  SmallVector<DimAttr> dims;
  auto parseDim = [&]() -> ParseResult {
    FailureOr<DimAttr> dim = parseSum(parser, 0);
    if (failed(dim))
      return failure();
    dims.push_back(*dim);
    return success();
  };
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseDim) ||
      parser.parseGreater())
    return {};
  return GraphTypeAttr::get(parser.getContext(), dims);
}

} // namespace sinter::graph
