// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values behind copies: where a stage can read an input's elements instead.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// Elements of `value` at coordinates from a stage's iterators, each times
/// `scale`.
struct Source {
  mlir::Value value;
  mlir::AffineMap map;
  double scale = 1;
};

/// What is behind the copies that make an input of a stage: permutations,
/// broadcasts, slices, reshapes, widenings of floats and products with
/// constants. Along `iterator` the elements stay side by side. The input
/// itself if there is no copy.
Source findSource(StageOp stage, unsigned input, unsigned iterator);

/// What is behind reshapes and slices of a value, which `map` reads at
/// coordinates from iterators of these extents: the value itself if there are
/// none, or if one of its dims may broadcast at run time.
Source findViewed(mlir::Value value, mlir::AffineMap map,
                  llvm::ArrayRef<graph::DimAttr> extents);

/// The coordinates of a value without broadcasts: 0 along a dim of 1. Nothing
/// if a dim may turn out to be 1 while its iterator runs further.
std::optional<mlir::AffineMap>
withoutBroadcasts(mlir::AffineMap map, mlir::Value value,
                  llvm::ArrayRef<graph::DimAttr> extents);

} // namespace sinter::kernel
