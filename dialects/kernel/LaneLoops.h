// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LaneOps from scalar functions; for LaneOps.cpp and LaneMath.cpp.
#pragma once

#include "dialects/kernel/LaneFloats.h"
#include "dialects/kernel/LaneOps.h"

namespace sinter::kernel {

template <typename Op>
void unaryLanes(uint64_t *result, const uint64_t *const *operands,
                uint64_t immediate) {
  const uint64_t *a = operands[0];
  for (unsigned lane = 0; lane < numLanes; ++lane)
    result[lane] = Op{}(a[lane], immediate);
}

template <typename Op>
void binaryLanes(uint64_t *result, const uint64_t *const *operands,
                 uint64_t immediate) {
  const uint64_t *a = operands[0], *b = operands[1];
  for (unsigned lane = 0; lane < numLanes; ++lane)
    result[lane] = Op{}(a[lane], b[lane], immediate);
}

/// An integer of this width, from the low bits.
inline uint64_t narrow(uint64_t value, uint64_t width) {
  return value & (~uint64_t(0) >> (64 - width));
}

inline int64_t widen(uint64_t value, uint64_t width) {
  return static_cast<int64_t>(value << (64 - width)) >>
         static_cast<int64_t>(64 - width);
}

inline uint64_t widthOf(mlir::Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

/// Calls `make` with the format of a type; nothing for other formats.
template <typename Make>
LaneInstruction withFormat(mlir::Type type, Make make) {
  if (type.isF32())
    return make(Float32());
  if (type.isF64())
    return make(Float64());
  if (type.isF16())
    return make(Float16());
  if (type.isBF16())
    return make(BFloat16());
  return {};
}

template <typename Op> LaneInstruction floatUnary(mlir::Type type, Op) {
  return withFormat(type, [](auto format) -> LaneInstruction {
    using Format = decltype(format);
    struct Lane {
      uint64_t operator()(uint64_t a, uint64_t) const {
        return Format::put(Op{}(Format::get(a)));
      }
    };
    return {unaryLanes<Lane>};
  });
}

template <typename Op> LaneInstruction floatBinary(mlir::Type type, Op) {
  return withFormat(type, [](auto format) -> LaneInstruction {
    using Format = decltype(format);
    struct Lane {
      uint64_t operator()(uint64_t a, uint64_t b, uint64_t) const {
        return Format::put(Op{}(Format::get(a), Format::get(b)));
      }
    };
    return {binaryLanes<Lane>};
  });
}

} // namespace sinter::kernel
