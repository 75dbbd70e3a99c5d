// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a stage is cut into blocks of results.
#pragma once

#include "codegen/cpu/StageTile.h"
#include "codegen/cpu/Targets.h"

namespace sinter::cpu {

/// A block is made of vectors along the last parallel iterator times rows of
/// another ("jammed") iterator.
struct Blocking {
  /// Results of a vector; 0 for single results.
  unsigned lanes = 0;
  /// Elements of the last reduction at a time, if results are single.
  unsigned foldLanes = 0;
  std::optional<unsigned> jam;
  int64_t rows = 1;
  int64_t vectors = 1;
  /// Vectors along rows are transposed; rows are as many as lanes.
  bool transposes = false;
  /// Blocks whose elements are not all inside are made one by one.
  bool testsFills = false;

  /// Results of a block along the last parallel iterator.
  int64_t columns() const;
};

/// The tile that emits such blocks.
StageTile makeTile(kernel::StageOp stage, const Operands &operands,
                   Sizes &sizes, const Blocking &blocking);

/// The blocking of a stage for a target. Operands learn the width of a block.
Blocking chooseBlocking(kernel::StageOp stage, Operands &operands,
                        const Target &target);

} // namespace sinter::cpu
