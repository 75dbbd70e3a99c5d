// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled stage: steps over registers, each a vector of lanes.
#pragma once

#include "dialects/kernel/Interpreter.h"
#include "dialects/kernel/LaneOps.h"

namespace sinter::kernel {

/// When a step must be done again.
enum class Rate : uint8_t { once, perBatch, perReduction };

/// Reads an element of a tensor at coordinates that are registers.
struct Access {
  /// Among the inputs, then the tables.
  unsigned tensor;
  llvm::SmallVector<unsigned> coordinates;
  /// The coordinates that broadcast over a dim of 1.
  llvm::SmallVector<bool> broadcasts;
  /// The lane outside of the tensor; none if that is an error.
  std::optional<uint64_t> fill;
};

struct Step {
  LaneInstruction instruction;
  llvm::SmallVector<unsigned, 3> operands;
  unsigned result;
  /// The access, if there is no instruction.
  unsigned access;
};

struct StageProgram::Code {
  llvm::SmallVector<graph::DimAttr> extents;
  unsigned numParallel, numInputs, numTables;
  /// Of the inputs, the tables and the result: an element's bytes, rank and
  /// whether it is a bool.
  struct Element {
    int64_t size, rank;
    bool isBool;
  };
  llvm::SmallVector<Element> elements;

  /// Registers begin with the iterators.
  unsigned numRegisters;
  llvm::SmallVector<std::pair<unsigned, uint64_t>> constants;
  llvm::SmallVector<std::pair<unsigned, graph::DimAttr>> dims;
  llvm::SmallVector<Access> accesses;
  llvm::SmallVector<Step> steps[3];
  unsigned yielded;
  /// A register, if there are reductions.
  std::optional<unsigned> accumulator;
  uint64_t init;
};

} // namespace sinter::kernel
