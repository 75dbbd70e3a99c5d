// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/StageBody.h"

#include "codegen/cuda/Comparison.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::cuda {
namespace {

std::string literalOf(const llvm::APFloat &value, Type type) {
  if (!value.isFinite()) {
    llvm::APInt bits = value.bitcastToAPInt();
    std::string digits = llvm::toString(bits, 16, false);
    if (type.isF64())
      return "bitCast<double>(0x" + digits + "ull)";
    if (type.isF32())
      return "bitCast<float>(0x" + digits + "u)";
    return "bitCast<" + typeName(type) + ">(u16(0x" + digits + "))";
  }
  llvm::SmallString<32> text;
  value.toString(text, /*FormatPrecision=*/0, /*FormatMaxPadding=*/4);
  std::string digits(text);
  if (digits.find_first_of(".E") == std::string::npos)
    digits += ".0";
  if (type.isF64())
    return digits;
  return type.isF32() ? digits + "f" : typeName(type) + "(" + digits + "f)";
}

std::string literalOf(const llvm::APInt &value, Type type) {
  unsigned width = value.getBitWidth();
  if (width == 1)
    return value.isZero() ? "false" : "true";
  int64_t number = value.getSExtValue();
  if (type.isIndex())
    return std::to_string(number);
  if (width == 64)
    return "i64(" + std::to_string(static_cast<uint64_t>(number)) + "ull)";
  return width == 32 && number > INT32_MIN
             ? std::to_string(number)
             : typeName(type) + "(" + std::to_string(number) + ")";
}

std::string call(const char *function, std::initializer_list<std::string> of) {
  return (function + ("(" + llvm::join(of, ", "))) + ")";
}

std::string infix(const std::string &lhs, const char *sign,
                  const std::string &rhs) {
  return wrapped(lhs) + sign + wrapped(rhs);
}

bool isHalf(Type type) { return type.isF16() || type.isBF16(); }

/// f16 and bf16 are divided in float and rounded once: the same result.
std::string quotient(Type type, const std::string &lhs,
                     const std::string &rhs) {
  if (!isHalf(type))
    return "divide(" + lhs + ", " + rhs + ")";
  return typeName(type) + "(divide(float(" + lhs + "), float(" + rhs + ")))";
}

/// A product that the sum which is its only use takes in.
arith::MulFOp contracted(Value value, Operation *sum) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  bool isContracted = product && value.hasOneUse() &&
                      product->getBlock() == sum->getBlock() &&
                      !isHalf(value.getType());
  return isContracted ? product : arith::MulFOp();
}

/// The product that a sum takes in; null if none.
arith::MulFOp contractedBy(Operation *sum) {
  if (!isa<arith::AddFOp, arith::SubFOp>(sum))
    return {};
  if (arith::MulFOp product = contracted(sum->getOperand(0), sum))
    return product;
  return contracted(sum->getOperand(1), sum);
}

bool isContracted(Operation *op) {
  if (!isa<arith::MulFOp>(op) || !op->hasOneUse())
    return false;
  Operation *user = *op->user_begin();
  return contractedBy(user) == op;
}

} // namespace

std::string literal(TypedAttr value) {
  if (auto real = dyn_cast<FloatAttr>(value))
    return literalOf(real.getValue(), value.getType());
  return literalOf(cast<IntegerAttr>(value).getValue(), value.getType());
}

std::string combination(Operation *combine, const std::string &a,
                        const std::string &b) {
  Type type = combine->getResult(0).getType();
  bool isUnsigned = isa<arith::MinUIOp, arith::MaxUIOp>(combine);
  bool isLeast = isa<arith::MinUIOp, arith::MinSIOp>(combine);
  return llvm::TypeSwitch<Operation *, std::string>(combine)
      .Case([&](arith::AddFOp) { return infix(a, " + ", b); })
      .Case([&](arith::MulFOp) { return infix(a, " * ", b); })
      .Case([&](arith::MinimumFOp) { return call("minimum", {a, b}); })
      .Case([&](arith::MaximumFOp) { return call("maximum", {a, b}); })
      .Case([&](arith::AddIOp) { return call("addInt", {a, b}); })
      .Case([&](arith::MulIOp) { return call("mulInt", {a, b}); })
      .Default([&](Operation *) {
        std::string lhs = isUnsigned ? asUnsigned(type, a) : a;
        std::string rhs = isUnsigned ? asUnsigned(type, b) : b;
        return lhs + (isLeast ? " < " : " > ") + rhs + " ? " + a + " : " + b;
      });
}

std::string StageBody::emit(Region &region, ArrayRef<std::string> arguments,
                            ArrayRef<std::string> iterators) {
  Block &block = region.front();
  for (auto [argument, name] : llvm::zip_equal(block.getArguments(), arguments))
    names[argument] = name;
  return emitBlock(block, iterators);
}

std::string StageBody::emitBlock(Block &block,
                                 ArrayRef<std::string> iterators) {
  for (Operation &op : block.without_terminator()) {
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      emitBranch(branch, iterators);
      continue;
    }
    if (isContracted(&op))
      continue;
    Value result = op.getResult(0);
    std::string value = expression(&op, iterators);
    if (!isa<arith::ConstantOp, kernel::IndexOp, kernel::DimOp>(op)) {
      std::string name = text.fresh();
      text.line("const " + typeName(result.getType()) + " " + name + " = " +
                value + ";");
      value = name;
    }
    names[result] = value;
  }
  return get(block.getTerminator()->getOperand(0));
}

void StageBody::emitBranch(scf::IfOp op, ArrayRef<std::string> iterators) {
  std::string name = text.fresh();
  text.line(typeName(op.getResult(0).getType()) + " " + name + ";");
  text.open("if (" + get(op.getCondition()) + ")");
  text.line(name + " = " + emitBlock(*op.thenBlock(), iterators) + ";");
  text.otherwise();
  text.line(name + " = " + emitBlock(*op.elseBlock(), iterators) + ";");
  text.close();
  names[op.getResult(0)] = name;
}

/// A sum or difference, with the product that it takes in.
std::string StageBody::sum(Operation *op) {
  bool isDifference = isa<arith::SubFOp>(op);
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  arith::MulFOp product = contractedBy(op);
  if (!product)
    return infix(get(lhs), isDifference ? " - " : " + ", get(rhs));
  bool isFirst = product.getResult() == lhs;
  std::string factor = get(product.getLhs()), rest = get(isFirst ? rhs : lhs);
  if (isDifference)
    (isFirst ? rest : factor) = "-" + wrapped(isFirst ? rest : factor);
  return call("fma", {factor, get(product.getRhs()), rest});
}

/// What is made of the elements and sizes around the body.
std::string StageBody::access(Operation *op, ArrayRef<std::string> iterators) {
  auto listOf = [&](ValueRange values) {
    Names list;
    for (Value value : values)
      list.push_back(get(value));
    return list;
  };
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([&](arith::ConstantOp op) {
        return literal(cast<TypedAttr>(op.getValue()));
      })
      .Case([&](kernel::IndexOp op) { return iterators[op.getIterator()]; })
      .Case([&](kernel::DimOp op) {
        return "idx(" + sizes.get(op.getDim()) + ")";
      })
      .Case([&](kernel::LoadOp op) {
        const Access &table = tables[op.getTable()];
        std::string element =
            table.pointer + "[" +
            table.offsetAt(sizes, listOf(op.getCoordinates())) + "]";
        return op.getType().isInteger(1) ? element + " != 0" : element;
      })
      .Case([&](kernel::MathOp op) {
        return "math::" +
               kernel::stringifyMathFunction(op.getFunction()).str() + "(" +
               llvm::join(listOf(op->getOperands()), ", ") + ")";
      })
      .Default(std::string());
}

std::string StageBody::ofFloats(Operation *op) {
  Type type = op->getResult(0).getType();
  std::string a = get(op->getOperand(0));
  std::string b = op->getNumOperands() > 1 ? get(op->getOperand(1)) : "";
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case<arith::AddFOp, arith::SubFOp>(
          [&](Operation *op) { return sum(op); })
      .Case([&](arith::MulFOp) { return infix(a, " * ", b); })
      .Case([&](arith::DivFOp) { return quotient(type, a, b); })
      .Case([&](arith::NegFOp) { return "-" + wrapped(a); })
      .Case([&](math::AbsFOp) { return call("fabs", {a}); })
      .Case([&](arith::MinimumFOp) { return call("minimum", {a, b}); })
      .Case([&](arith::MaximumFOp) { return call("maximum", {a, b}); })
      .Case(
          [&](arith::CmpFOp op) { return compare(op, wrapped(a), wrapped(b)); })
      .Default(std::string());
}

std::string StageBody::ofIntegers(Operation *op) {
  Type type = op->getResult(0).getType();
  if (op->getNumOperands() != 2)
    return "";
  std::string a = wrapped(get(op->getOperand(0)));
  std::string b = wrapped(get(op->getOperand(1)));
  Type operand = op->getOperand(0).getType();
  std::string ua = asUnsigned(operand, a), ub = asUnsigned(operand, b);
  auto cut = [&](const std::string &lhs, const char *sign,
                 const std::string &rhs) {
    return typeName(type) + "(" + lhs + " " + sign + " " + rhs + ")";
  };
  auto wrap = [&](const char *sign, const char *function) {
    return type.isIndex() ? a + " " + sign + " " + b : call(function, {a, b});
  };
  auto pick = [&](const std::string &condition) {
    return condition + " ? " + a + " : " + b;
  };
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([&](arith::AddIOp) { return wrap("+", "addInt"); })
      .Case([&](arith::SubIOp) { return wrap("-", "subInt"); })
      .Case([&](arith::MulIOp) { return wrap("*", "mulInt"); })
      .Case([&](arith::DivSIOp) { return cut(a, "/", b); })
      .Case([&](arith::DivUIOp) { return cut(ua, "/", ub); })
      .Case([&](arith::RemSIOp) { return cut(a, "%", b); })
      .Case([&](arith::RemUIOp) { return cut(ua, "%", ub); })
      .Case([&](arith::AndIOp) { return cut(a, "&", b); })
      .Case([&](arith::OrIOp) { return cut(a, "|", b); })
      .Case([&](arith::XOrIOp) { return cut(a, "^", b); })
      .Case([&](arith::ShLIOp) { return cut(ua, "<<", ub); })
      .Case([&](arith::ShRUIOp) { return cut(ua, ">>", ub); })
      .Case([&](arith::ShRSIOp) { return cut(a, ">>", ub); })
      .Case([&](arith::MinSIOp) { return pick(a + " < " + b); })
      .Case([&](arith::MaxSIOp) { return pick(a + " > " + b); })
      .Case([&](arith::MinUIOp) { return pick(ua + " < " + ub); })
      .Case([&](arith::MaxUIOp) { return pick(ua + " > " + ub); })
      .Case([&](arith::CmpIOp op) { return compare(op, a, b); })
      .Default(std::string());
}

std::string StageBody::conversion(Operation *op) {
  Type type = op->getResult(0).getType();
  Type from = op->getOperand(0).getType();
  std::string to = typeName(type), a = get(op->getOperand(0));
  // By way of double, as integers may not fit into a float.
  auto as = [&](const std::string &value) {
    return isHalf(type) && !isa<FloatType>(from)
               ? to + "(double(" + value + "))"
               : to + "(" + value + ")";
  };
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case<arith::ExtSIOp, arith::IndexCastOp, arith::SIToFPOp>(
          // Of one bit: 0 or -1.
          [&](Operation *) {
            return as(from.isInteger(1) ? "-i32(" + a + ")" : a);
          })
      .Case([&](arith::TruncIOp) {
        return type.isInteger(1) ? "(" + a + " & 1) != 0" : as(a);
      })
      .Case<arith::ExtFOp, arith::TruncFOp>([&](Operation *) {
        return to + (isHalf(from) ? "(float(" + a + "))" : "(" + a + ")");
      })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp, arith::UIToFPOp>(
          [&](Operation *) { return as(asUnsigned(from, a)); })
      .Case([&](arith::FPToSIOp) { return "toSigned<" + to + ">(" + a + ")"; })
      .Case([&](arith::FPToUIOp) {
        return to + "(toUnsigned<Unsigned<" + to + ">>(" + a + "))";
      })
      .Case([&](arith::BitcastOp) { return "bitCast<" + to + ">(" + a + ")"; })
      .Case([&](arith::SelectOp op) {
        return wrapped(a) + " ? " + get(op.getTrueValue()) + " : " +
               get(op.getFalseValue());
      })
      .Default(std::string());
}

std::string StageBody::expression(Operation *op,
                                  ArrayRef<std::string> iterators) {
  std::string text = access(op, iterators);
  if (text.empty())
    text = ofFloats(op);
  if (text.empty())
    text = ofIntegers(op);
  return text.empty() ? conversion(op) : text;
}

bool canPrint(Operation *op) {
  return isa<arith::ConstantOp, kernel::IndexOp, kernel::DimOp, kernel::LoadOp,
             kernel::MathOp, kernel::YieldOp, scf::IfOp, scf::YieldOp,
             math::AbsFOp, arith::AddFOp, arith::SubFOp, arith::MulFOp,
             arith::DivFOp, arith::NegFOp, arith::MinimumFOp, arith::MaximumFOp,
             arith::CmpFOp, arith::AddIOp, arith::SubIOp, arith::MulIOp,
             arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
             arith::AndIOp, arith::OrIOp, arith::XOrIOp, arith::ShLIOp,
             arith::ShRUIOp, arith::ShRSIOp, arith::MinSIOp, arith::MaxSIOp,
             arith::MinUIOp, arith::MaxUIOp, arith::CmpIOp, arith::ExtSIOp,
             arith::ExtUIOp, arith::TruncIOp, arith::ExtFOp, arith::TruncFOp,
             arith::IndexCastOp, arith::IndexCastUIOp, arith::SIToFPOp,
             arith::UIToFPOp, arith::FPToSIOp, arith::FPToUIOp,
             arith::BitcastOp, arith::SelectOp>(op);
}

} // namespace sinter::cuda
