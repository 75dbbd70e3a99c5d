// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds the plan of a model, the bytes that runtime/include/sinter/abi.h
// describes.
#pragma once

#include "dialects/graph/Dim.h"
#include "sinter/abi.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace sinter {

class PlanTable {
public:
  /// The expression's number; equal expressions have one. Expressions that
  /// need a deeper stack than the runtime has are refused.
  mlir::FailureOr<uint32_t> addExpr(graph::DimAttr dim);
  /// The expression of a sum whose first part has a number already.
  mlir::FailureOr<uint32_t> addSum(uint32_t first, graph::DimAttr second);
  uint32_t addText(llvm::StringRef text);
  /// The first index of a list.
  uint32_t addList(llvm::ArrayRef<uint32_t> entries);

  std::vector<sinter_value_info> inputs, outputs;
  std::vector<sinter_buffer> buffers;
  std::vector<sinter_op> ops;
  std::vector<sinter_block> blocks;
  int64_t modelBytes = 0;

  /// The sizes that a symbol may have; nothing if no expression has it.
  void setRange(llvm::StringRef symbol, int64_t lowest, int64_t highest);

  /// The whole plan. Symbols are those that expressions use.
  std::vector<char> serialize() const;

private:
  bool appendCode(graph::DimAttr dim, std::vector<sinter_size_step> &code,
                  unsigned depth);
  bool appendFactor(mlir::Attribute factor, std::vector<sinter_size_step> &code,
                    unsigned depth);
  uint32_t addCode(llvm::ArrayRef<sinter_size_step> code);
  uint32_t symbolNumber(llvm::StringRef name);

  std::vector<char> text;
  llvm::StringMap<uint32_t> textOffsets;
  std::vector<uint32_t> indices;
  std::vector<sinter_size_step> steps;
  std::vector<sinter_size_expr> exprs;
  llvm::DenseMap<graph::DimAttr, uint32_t> exprNumbers;
  std::vector<sinter_symbol> symbols;
  llvm::StringMap<uint32_t> symbolNumbers;
};

} // namespace sinter
