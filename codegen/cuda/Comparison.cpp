// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Comparison.h"

#include "codegen/cuda/StageAccess.h"

using namespace mlir;

namespace sinter::cuda {

std::string asUnsigned(Type type, const std::string &value) {
  return "Unsigned<" + typeName(type) + ">(" + value + ")";
}

std::string compare(arith::CmpFOp op, const std::string &a,
                    const std::string &b) {
  using enum arith::CmpFPredicate;
  std::string isOrdered = "(" + a + " == " + a + " && " + b + " == " + b + ")";
  switch (op.getPredicate()) {
  case AlwaysFalse:
    return "false";
  case OEQ:
    return a + " == " + b;
  case OGT:
    return a + " > " + b;
  case OGE:
    return a + " >= " + b;
  case OLT:
    return a + " < " + b;
  case OLE:
    return a + " <= " + b;
  case ONE:
    return a + " < " + b + " || " + a + " > " + b;
  case ORD:
    return isOrdered;
  case UEQ:
    return "!(" + a + " < " + b + " || " + a + " > " + b + ")";
  case UGT:
    return "!(" + a + " <= " + b + ")";
  case UGE:
    return "!(" + a + " < " + b + ")";
  case ULT:
    return "!(" + a + " >= " + b + ")";
  case ULE:
    return "!(" + a + " > " + b + ")";
  case UNE:
    return a + " != " + b;
  case UNO:
    return "!" + isOrdered;
  case AlwaysTrue:
    return "true";
  }
  llvm_unreachable("no predicate");
}

std::string compare(arith::CmpIOp op, std::string a, std::string b) {
  using enum arith::CmpIPredicate;
  Type type = op.getLhs().getType();
  switch (op.getPredicate()) {
  case ult:
  case ule:
  case ugt:
  case uge:
    a = asUnsigned(type, a);
    b = asUnsigned(type, b);
    break;
  default:
    break;
  }
  switch (op.getPredicate()) {
  case eq:
    return a + " == " + b;
  case ne:
    return a + " != " + b;
  case slt:
  case ult:
    return a + " < " + b;
  case sle:
  case ule:
    return a + " <= " + b;
  case sgt:
  case ugt:
    return a + " > " + b;
  case sge:
  case uge:
    return a + " >= " + b;
  }
  llvm_unreachable("no predicate");
}

} // namespace sinter::cuda
