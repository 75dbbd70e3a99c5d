// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/StageAccess.h"

#include "codegen/cuda/Linear.h"

using namespace mlir;
using llvm::ArrayRef;
using sinter::graph::DimAttr;

namespace sinter::cuda {
namespace {

bool isNonNegative(AffineExpr expression) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return constant.getValue() >= 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  if (!binary)
    return true; // an iterator
  return binary.getKind() == AffineExprKind::Mod ||
         (isNonNegative(binary.getLHS()) && isNonNegative(binary.getRHS()));
}

} // namespace

std::string wrapped(const std::string &text) {
  bool isSimple = llvm::all_of(
      text, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
  return isSimple ? text : "(" + text + ")";
}

std::string print(AffineExpr expression, ArrayRef<std::string> iterators) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return std::to_string(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expression))
    return iterators[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expression);
  std::string lhs = print(binary.getLHS(), iterators);
  std::string rhs = print(binary.getRHS(), iterators);
  bool isPlain = isNonNegative(binary.getLHS());
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return rhs.starts_with("-") ? lhs + " - " + wrapped(rhs.substr(1))
                                : lhs + " + " + rhs;
  case AffineExprKind::Mul:
    return wrapped(lhs) + " * " + wrapped(rhs);
  case AffineExprKind::FloorDiv:
    return isPlain ? wrapped(lhs) + " / " + wrapped(rhs)
                   : "floorDiv<idx>(" + lhs + ", " + rhs + ")";
  case AffineExprKind::CeilDiv:
    return "-floorDiv<idx>(-" + wrapped(lhs) + ", " + rhs + ")";
  case AffineExprKind::Mod:
    return isPlain ? wrapped(lhs) + " % " + wrapped(rhs)
                   : "floorMod<idx>(" + lhs + ", " + rhs + ")";
  default:
    llvm_unreachable("no binary expression");
  }
}

std::string typeName(Type scalar) {
  if (scalar.isIndex())
    return "idx";
  if (auto integer = dyn_cast<IntegerType>(scalar))
    return integer.getWidth() == 1 ? "bool"
                                   : "i" + std::to_string(integer.getWidth());
  return scalar.isF64()    ? "double"
         : scalar.isF16()  ? "f16"
         : scalar.isBF16() ? "bf16"
                           : "float";
}

std::string memoryTypeName(Type element) {
  return element.isInteger(1)
             ? "u8"
             : typeName(kernel::StageOp::getScalarType(element));
}

std::string Sizes::get(DimAttr dim) {
  if (std::optional<int64_t> constant = dim.getConstant())
    return *constant > INT32_MAX ? std::to_string(*constant) + "ll"
                                 : std::to_string(*constant);
  return "s" + std::to_string(number(dim));
}

Names Access::coordinates(Sizes &sizes, ArrayRef<std::string> iterators) const {
  Names result;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    std::string coordinate = print(map.getResult(axis), iterators);
    if (broadcastIterator(axis)) {
      std::string size = sizes.get(dims[axis]);
      coordinate = dims[axis].getConstant() == 1
                       ? "0"
                       : "(" + size + " == 1 ? 0 : " + coordinate + ")";
    }
    if (axis < origin.size())
      coordinate = coordinate == origin[axis]
                       ? "0"
                       : coordinate + " - " + wrapped(origin[axis]);
    result.push_back(coordinate);
  }
  return result;
}

/// By constant strides as far as they are known, from the last dim on.
std::string Access::offsetAt(Sizes &sizes, ArrayRef<std::string> at) const {
  std::string result, stride;
  int64_t known = 1;
  for (size_t axis = dims.size(); axis-- > 0;) {
    if (at[axis] != "0") {
      std::string term =
          stride.empty() && known == 1 ? at[axis] : wrapped(at[axis]);
      if (known != 1)
        term += " * " + std::to_string(known);
      term += stride;
      result = result.empty() ? term : term + " + " + result;
    }
    std::optional<int64_t> size = dims[axis].getConstant();
    if (size && !llvm::MulOverflow(known, *size, known))
      continue;
    stride += " * " + wrapped(sizes.get(dims[axis]));
  }
  return result.empty() ? "0" : result;
}

std::string Access::isInside(Sizes &sizes, ArrayRef<std::string> at) const {
  std::string result;
  for (unsigned axis = 0; axis < dims.size(); ++axis) {
    if (isWholeAxis(axis))
      continue;
    // One comparison: a negative coordinate is a large unsigned one.
    result += (result.empty() ? "" : " && ") + ("Unsigned<idx>(" + at[axis]) +
              ") < Unsigned<idx>(" + sizes.get(dims[axis]) + ")";
  }
  return result;
}

bool Access::isPacked(unsigned iterator, int64_t count) const {
  if (count == 1 || dims.empty() || stepOf(iterator) != Step::unit)
    return count == 1;
  unsigned last = dims.size() - 1;
  if (last < origin.size() || !isMultiple(dims[last], count))
    return false;
  // Of a panel: a unit step means that it is whole blocks wide.
  if (map.getResult(last).getKind() == AffineExprKind::Mod)
    return true;
  AffineExpr rest = simplifyAffineExpr(
      map.getResult(last) - getAffineDimExpr(iterator, map.getContext()),
      map.getNumDims(), 0);
  return rest.isMultipleOf(count);
}

} // namespace sinter::cuda
