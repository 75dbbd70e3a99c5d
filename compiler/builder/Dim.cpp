// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dims of the public API are text, which the dialect parses where a dim is
// used.
#include "sinter/GraphBuilder.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace sinter {

/// Quoted, so that a name of any bytes is a name.
Dim Dim::symbol(std::string_view name) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '"';
  llvm::printEscapedString(llvm::StringRef(name.data(), name.size()), stream);
  stream << '"';
  return Dim(std::move(text), /*isSum=*/false);
}

std::string Dim::asFactor() const {
  return isSum ? "(" + expression + ")" : expression;
}

Dim operator+(const Dim &lhs, const Dim &rhs) {
  return Dim(lhs.expression + " + " + rhs.expression, /*isSum=*/true);
}

Dim operator-(const Dim &lhs, const Dim &rhs) {
  return Dim(lhs.expression + " + -1*" + rhs.asFactor(), /*isSum=*/true);
}

Dim operator*(const Dim &lhs, const Dim &rhs) {
  return Dim(lhs.asFactor() + "*" + rhs.asFactor(), /*isSum=*/false);
}

Dim Dim::call(const char *function, const Dim &lhs, const Dim &rhs) {
  return Dim(std::string(function) + "(" + lhs.expression + ", " +
                 rhs.expression + ")",
             /*isSum=*/false);
}

Dim Dim::floorDiv(const Dim &lhs, const Dim &rhs) {
  return call("floordiv", lhs, rhs);
}

Dim Dim::ceilDiv(const Dim &lhs, const Dim &rhs) {
  return call("ceildiv", lhs, rhs);
}

Dim Dim::mod(const Dim &lhs, const Dim &rhs) { return call("mod", lhs, rhs); }

Dim Dim::min(const Dim &lhs, const Dim &rhs) { return call("min", lhs, rhs); }

Dim Dim::max(const Dim &lhs, const Dim &rhs) { return call("max", lhs, rhs); }

} // namespace sinter
