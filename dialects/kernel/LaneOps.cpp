// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/LaneLoops.h"

using namespace mlir;

namespace sinter::kernel {
namespace {

void select(uint64_t *result, const uint64_t *const *operands, uint64_t) {
  for (unsigned lane = 0; lane < numLanes; ++lane)
    result[lane] = operands[0][lane] ? operands[1][lane] : operands[2][lane];
}

//===- Integers: the immediate is the width -------------------------------===//

template <typename Op> LaneInstruction unsignedOp(uint64_t width, Op) {
  struct Lane {
    uint64_t operator()(uint64_t a, uint64_t b, uint64_t width) const {
      return narrow(Op{}(a, b, width), width);
    }
  };
  return {binaryLanes<Lane>, width};
}

template <typename Op> LaneInstruction signedOp(uint64_t width, Op) {
  struct Lane {
    uint64_t operator()(uint64_t a, uint64_t b, uint64_t width) const {
      return narrow(Op{}(widen(a, width), widen(b, width), width), width);
    }
  };
  return {binaryLanes<Lane>, width};
}

/// Rounds towards 0. The lowest integer divided by -1 wraps to itself.
int64_t divide(int64_t a, int64_t b) {
  if (b == -1)
    return static_cast<int64_t>(-static_cast<uint64_t>(a));
  return b == 0 ? 0 : a / b;
}

int64_t remainder(int64_t a, int64_t b) {
  return b == 0 || b == -1 ? 0 : a % b;
}

int64_t floorDivide(int64_t a, int64_t b) {
  return divide(a, b) - (remainder(a, b) != 0 && (a < 0) != (b < 0));
}

int64_t ceilDivide(int64_t a, int64_t b) {
  return divide(a, b) + (remainder(a, b) != 0 && (a < 0) == (b < 0));
}

enum : uint64_t { isEqual = 1, isGreater = 2, isLess = 4, isUnordered = 8 };

template <typename T> uint64_t compare(T a, T b) {
  return a == b ? isEqual : a > b ? isGreater : a < b ? isLess : isUnordered;
}

/// The immediate is the width above a byte of accepted orders.
LaneInstruction compareIntegers(arith::CmpIPredicate predicate,
                                uint64_t width) {
  using enum arith::CmpIPredicate;
  auto isSigned = [](uint64_t a, uint64_t b, uint64_t immediate) -> uint64_t {
    uint64_t width = immediate >> 8;
    return (compare(widen(a, width), widen(b, width)) & immediate) != 0;
  };
  auto isUnsigned = [](uint64_t a, uint64_t b, uint64_t immediate) -> uint64_t {
    return (compare(a, b) & immediate & 0xff) != 0;
  };
  uint64_t packed = width << 8;
  switch (predicate) {
  case eq:
    return {binaryLanes<decltype(isUnsigned)>, packed | isEqual};
  case ne:
    return {binaryLanes<decltype(isUnsigned)>, packed | isGreater | isLess};
  case slt:
    return {binaryLanes<decltype(isSigned)>, packed | isLess};
  case sle:
    return {binaryLanes<decltype(isSigned)>, packed | isLess | isEqual};
  case sgt:
    return {binaryLanes<decltype(isSigned)>, packed | isGreater};
  case sge:
    return {binaryLanes<decltype(isSigned)>, packed | isGreater | isEqual};
  case ult:
    return {binaryLanes<decltype(isUnsigned)>, packed | isLess};
  case ule:
    return {binaryLanes<decltype(isUnsigned)>, packed | isLess | isEqual};
  case ugt:
    return {binaryLanes<decltype(isUnsigned)>, packed | isGreater};
  case uge:
    return {binaryLanes<decltype(isUnsigned)>, packed | isGreater | isEqual};
  }
  return {};
}

//===- Floats -------------------------------------------------------------===//

/// Of two numbers; zeros are ordered by their signs.
template <typename T> bool isBelow(T a, T b) {
  return a < b || (a == b && math::detail::signOf(a) != 0);
}

template <typename T> T minimum(T a, T b) {
  return a != a ? a : b != b ? b : isBelow(a, b) ? a : b;
}

template <typename T> T maximum(T a, T b) {
  return a != a ? a : b != b ? b : isBelow(a, b) ? b : a;
}

uint64_t ordersOf(arith::CmpFPredicate predicate) {
  using enum arith::CmpFPredicate;
  switch (predicate) {
  case AlwaysFalse:
    return 0;
  case OEQ:
    return isEqual;
  case OGT:
    return isGreater;
  case OGE:
    return isGreater | isEqual;
  case OLT:
    return isLess;
  case OLE:
    return isLess | isEqual;
  case ONE:
    return isLess | isGreater;
  case ORD:
    return isLess | isGreater | isEqual;
  case UEQ:
    return isUnordered | isEqual;
  case UGT:
    return isUnordered | isGreater;
  case UGE:
    return isUnordered | isGreater | isEqual;
  case ULT:
    return isUnordered | isLess;
  case ULE:
    return isUnordered | isLess | isEqual;
  case UNE:
    return isUnordered | isLess | isGreater;
  case UNO:
    return isUnordered;
  case AlwaysTrue:
    return isUnordered | isLess | isGreater | isEqual;
  }
  return 0;
}

LaneInstruction compareFloats(Type type, uint64_t orders) {
  LaneInstruction result = withFormat(type, [](auto format) -> LaneInstruction {
    using Format = decltype(format);
    struct Lane {
      uint64_t operator()(uint64_t a, uint64_t b, uint64_t orders) const {
        return (compare(Format::get(a), Format::get(b)) & orders) != 0;
      }
    };
    return {binaryLanes<Lane>};
  });
  result.immediate = orders;
  return result;
}

//===- Tables -------------------------------------------------------------===//

uint64_t shiftLeft(uint64_t a, uint64_t b, uint64_t width) {
  return b < width ? a << b : 0;
}

uint64_t shiftRight(uint64_t a, uint64_t b, uint64_t width) {
  return b < width ? a >> b : 0;
}

/// The amount is unsigned: a negative one is large.
uint64_t shiftRightSigned(uint64_t a, uint64_t b, uint64_t width) {
  return narrow(widen(a, width) >> std::min(b, width - 1), width);
}

LaneInstruction lookUpInteger(Operation *op, uint64_t width) {
  using llvm::TypeSwitch;
#define SINTER_SIGNED(OP, VALUE)                                               \
  Case<arith::OP>([&](Operation *) {                                           \
    return signedOp(width, [](int64_t a, int64_t b, uint64_t) -> uint64_t {    \
      return static_cast<uint64_t>(VALUE);                                     \
    });                                                                        \
  })
#define SINTER_UNSIGNED(OP, VALUE)                                             \
  Case<arith::OP>([&](Operation *) {                                           \
    return unsignedOp(width,                                                   \
                      [](uint64_t a, uint64_t b, uint64_t width) -> uint64_t { \
                        return VALUE;                                          \
                      });                                                      \
  })
  return TypeSwitch<Operation *, LaneInstruction>(op)
      .SINTER_UNSIGNED(AddIOp, a + b)
      .SINTER_UNSIGNED(SubIOp, a - b)
      .SINTER_UNSIGNED(MulIOp, a * b)
      .SINTER_UNSIGNED(AndIOp, a & b)
      .SINTER_UNSIGNED(OrIOp, a | b)
      .SINTER_UNSIGNED(XOrIOp, a ^ b)
      .SINTER_UNSIGNED(DivUIOp, b == 0 ? 0 : a / b)
      .SINTER_UNSIGNED(RemUIOp, b == 0 ? 0 : a % b)
      .SINTER_UNSIGNED(MinUIOp, std::min(a, b))
      .SINTER_UNSIGNED(MaxUIOp, std::max(a, b))
      .SINTER_UNSIGNED(ShLIOp, shiftLeft(a, b, width))
      .SINTER_UNSIGNED(ShRUIOp, shiftRight(a, b, width))
      .SINTER_UNSIGNED(ShRSIOp, shiftRightSigned(a, b, width))
      .SINTER_SIGNED(DivSIOp, divide(a, b))
      .SINTER_SIGNED(RemSIOp, remainder(a, b))
      .SINTER_SIGNED(FloorDivSIOp, floorDivide(a, b))
      .SINTER_SIGNED(CeilDivSIOp, ceilDivide(a, b))
      .SINTER_SIGNED(MinSIOp, std::min(a, b))
      .SINTER_SIGNED(MaxSIOp, std::max(a, b))
      .Default(LaneInstruction());
#undef SINTER_SIGNED
#undef SINTER_UNSIGNED
}

LaneInstruction lookUpFloat(Operation *op, Type type) {
  return llvm::TypeSwitch<Operation *, LaneInstruction>(op)
      .Case([&](arith::AddFOp) {
        return floatBinary(type, [](auto a, auto b) { return a + b; });
      })
      .Case([&](arith::SubFOp) {
        return floatBinary(type, [](auto a, auto b) { return a - b; });
      })
      .Case([&](arith::MulFOp) {
        return floatBinary(type, [](auto a, auto b) { return a * b; });
      })
      .Case([&](arith::DivFOp) {
        return floatBinary(type, [](auto a, auto b) { return a / b; });
      })
      .Case([&](arith::RemFOp) {
        return floatBinary(type,
                           [](auto a, auto b) { return math::fmod(a, b); });
      })
      .Case([&](arith::MinimumFOp) {
        return floatBinary(type, [](auto a, auto b) { return minimum(a, b); });
      })
      .Case([&](arith::MaximumFOp) {
        return floatBinary(type, [](auto a, auto b) { return maximum(a, b); });
      })
      .Case([&](arith::NegFOp) {
        return floatUnary(type, [](auto a) { return -a; });
      })
      .Case([&](mlir::math::AbsFOp) {
        return floatUnary(type,
                          [](auto a) { return math::detail::magnitude(a); });
      })
      .Case([&](MathOp math) -> LaneInstruction {
        MathFunction function = math.getFunction();
        bool isBinary =
            function == MathFunction::pow || function == MathFunction::fmod;
        if (math.getOperands().size() != (isBinary ? 2 : 1))
          return {};
        return lookUpLaneOp(function, type);
      })
      .Default(LaneInstruction());
}

/// Whether lanes can hold values of the type.
bool isLaneType(Type type) {
  return type.isIndex() || type.isF16() || type.isBF16() || type.isF32() ||
         type.isF64() ||
         (isa<IntegerType>(type) && type.getIntOrFloatBitWidth() >= 1 &&
          type.getIntOrFloatBitWidth() <= 64);
}

} // namespace

LaneInstruction selectLanes() { return {select}; }

LaneInstruction lookUpLaneOp(Operation *op) {
  if (op->getNumOperands() == 0 || op->getNumResults() != 1 ||
      !llvm::all_of(op->getOperandTypes(), isLaneType) ||
      !isLaneType(op->getResult(0).getType()))
    return {};
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  if (isa<arith::SelectOp>(op))
    return selectLanes();
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return compareIntegers(compare.getPredicate(), widthOf(from));
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return compareFloats(from, ordersOf(compare.getPredicate()));
  if (LaneInstruction found = lookUpConversion(op, from, to); found.run)
    return found;
  return isa<FloatType>(to) ? lookUpFloat(op, to)
                            : lookUpInteger(op, widthOf(to));
}

LaneInstruction lookUpLaneOp(AffineExprKind kind) {
  switch (kind) {
  case AffineExprKind::Add:
    return unsignedOp(64,
                      [](uint64_t a, uint64_t b, uint64_t) { return a + b; });
  case AffineExprKind::Mul:
    return unsignedOp(64,
                      [](uint64_t a, uint64_t b, uint64_t) { return a * b; });
  case AffineExprKind::FloorDiv:
    return signedOp(64, [](int64_t a, int64_t b, uint64_t) {
      return static_cast<uint64_t>(floorDivide(a, b));
    });
  case AffineExprKind::CeilDiv:
    return signedOp(64, [](int64_t a, int64_t b, uint64_t) {
      return static_cast<uint64_t>(ceilDivide(a, b));
    });
  case AffineExprKind::Mod:
    return signedOp(64, [](int64_t a, int64_t b, uint64_t) {
      int64_t rest = remainder(a, b);
      return static_cast<uint64_t>(rest < 0 ? rest + b : rest);
    });
  default:
    return {};
  }
}

std::optional<uint64_t> laneOf(Attribute constant) {
  auto typed = dyn_cast_or_null<TypedAttr>(constant);
  if (!typed || !isLaneType(typed.getType()))
    return std::nullopt;
  if (auto integer = dyn_cast<IntegerAttr>(constant))
    return integer.getValue().getZExtValue();
  if (auto real = dyn_cast<FloatAttr>(constant))
    return real.getValue().bitcastToAPInt().getZExtValue();
  return std::nullopt;
}

} // namespace sinter::kernel
