// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What compare found, for people and for programs.
#pragma once

#include "tools/sinter/Agreement.h"
#include <string>
#include <vector>

namespace sinter::cli {

/// What became of one value.
struct Row {
  std::string name, type, problem;
  std::vector<int64_t> dims;
  Agreement agreement;
  bool agrees() const { return problem.empty() && agreement.agrees(); }
};

/// The first value that differs, and the node that gives it.
struct Divergence {
  /// `op` is empty where it is not known, `node` where nothing is.
  std::string value, node, op;
  /// Whether the node's own result differs from that of the interpreter. Else
  /// its value differs from the expected one.
  bool isNodesOwn = false;
  /// How it differs from the interpreter's.
  Agreement agreement;
  std::vector<int64_t> dims;
  /// What was or could not be looked at.
  std::vector<std::string> notes;
};

/// The row of one value against the expected tensor.
Row compareRow(const std::string &name, const Tensor &expected,
               const TensorView &found, const std::vector<int64_t> &dims,
               Tolerance tolerance);

/// By what values agree: tolerances, and the precision they follow from.
struct Criterion {
  std::string precision;
  Tolerance tolerance;
};

void printRows(const std::vector<Row> &rows, const Criterion &criterion);
void printDivergence(const Divergence &divergence);
/// `divergence` is null where all agree.
void printJson(const std::vector<Row> &rows, const Criterion &criterion,
               const Divergence *divergence);

} // namespace sinter::cli
