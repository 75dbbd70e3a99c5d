// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/LaneLoops.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace sinter::kernel {
namespace {

LaneInstruction convertFloat(Type from, Type to) {
  return withFormat(from, [&](auto source) {
    return withFormat(to, [](auto target) -> LaneInstruction {
      using Source = decltype(source);
      using Target = decltype(target);
      struct Lane {
        uint64_t operator()(uint64_t a, uint64_t) const {
          return Target::put(static_cast<double>(Source::get(a)));
        }
      };
      return {unaryLanes<Lane>};
    });
  });
}

LaneInstruction fromInteger(uint64_t width, Type to, bool isSigned) {
  LaneInstruction result = withFormat(to, [&](auto format) -> LaneInstruction {
    using Format = decltype(format);
    using Number = typename Format::Number;
    struct Signed {
      uint64_t operator()(uint64_t a, uint64_t width) const {
        return Format::put(static_cast<Number>(widen(a, width)));
      }
    };
    struct Unsigned {
      uint64_t operator()(uint64_t a, uint64_t) const {
        return Format::put(static_cast<Number>(a));
      }
    };
    return {isSigned ? unaryLanes<Signed> : unaryLanes<Unsigned>};
  });
  result.immediate = width;
  return result;
}

uint64_t saturateSigned(double number, uint64_t width) {
  double limit = math::detail::powerOf2<double>(width - 1);
  if (number != number)
    return 0;
  uint64_t highest = ~uint64_t(0) >> (65 - width);
  if (!(number < limit))
    return highest;
  if (!(number > -limit))
    return highest + 1;
  return narrow(static_cast<uint64_t>(static_cast<int64_t>(number)), width);
}

uint64_t saturateUnsigned(double number, uint64_t width) {
  if (!(number > 0))
    return 0;
  return number < math::detail::powerOf2<double>(width)
             ? static_cast<uint64_t>(number)
             : ~uint64_t(0) >> (64 - width);
}

LaneInstruction toInteger(Type from, uint64_t width, bool isSigned) {
  LaneInstruction result =
      withFormat(from, [&](auto format) -> LaneInstruction {
        using Format = decltype(format);
        struct Signed {
          uint64_t operator()(uint64_t a, uint64_t width) const {
            return saturateSigned(Format::get(a), width);
          }
        };
        struct Unsigned {
          uint64_t operator()(uint64_t a, uint64_t width) const {
            return saturateUnsigned(Format::get(a), width);
          }
        };
        return {isSigned ? unaryLanes<Signed> : unaryLanes<Unsigned>};
      });
  result.immediate = width;
  return result;
}

/// The immediate is the narrower width.
LaneInstruction extend(uint64_t width, bool isSigned) {
  auto keep = [](uint64_t a, uint64_t width) { return narrow(a, width); };
  if (!isSigned)
    return {unaryLanes<decltype(keep)>, width};
  auto widenLane = [](uint64_t a, uint64_t widths) {
    return narrow(widen(a, widths >> 8), widths & 0xff);
  };
  return {unaryLanes<decltype(widenLane)>, width};
}

LaneInstruction resize(uint64_t from, uint64_t to, bool isSigned) {
  return isSigned && from < to ? extend(from << 8 | to, true)
                               : extend(std::min(from, to), false);
}

} // namespace

LaneInstruction lookUpConversion(Operation *op, Type from, Type to) {
  return llvm::TypeSwitch<Operation *, LaneInstruction>(op)
      .Case<arith::ExtFOp, arith::TruncFOp>(
          [&](Operation *) { return convertFloat(from, to); })
      .Case([&](arith::SIToFPOp) {
        return fromInteger(widthOf(from), to, /*isSigned=*/true);
      })
      .Case([&](arith::UIToFPOp) {
        return fromInteger(widthOf(from), to, /*isSigned=*/false);
      })
      .Case([&](arith::FPToSIOp) {
        return toInteger(from, widthOf(to), /*isSigned=*/true);
      })
      .Case([&](arith::FPToUIOp) {
        return toInteger(from, widthOf(to), /*isSigned=*/false);
      })
      .Case<arith::ExtUIOp, arith::TruncIOp, arith::IndexCastUIOp,
            arith::BitcastOp>([&](Operation *) {
        return resize(widthOf(from), widthOf(to), /*isSigned=*/false);
      })
      .Case<arith::ExtSIOp, arith::IndexCastOp>([&](Operation *) {
        return resize(widthOf(from), widthOf(to), /*isSigned=*/true);
      })
      .Default(LaneInstruction());
}

} // namespace sinter::kernel
