// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "compiler/Reference.h"
#include "sinter/Options.h"
#include "tools/sinter/CompareReport.h"
#include "tools/sinter/Session.h"
#include <span>

namespace sinter::cli {

/// An ONNX model, and how it is run and its values are compared.
struct Suspect {
  const std::string &model;
  const Reference &reference;
  Precision precision;
  Tolerance tolerance;
  uint32_t threads;
};

/// Runs the model on the CPU with the tensors of all its nodes as outputs, and
/// has the interpreter check one node after the other, each from the inputs
/// that it had in that run. `inputs` are the model's, with their names. Errors:
/// those of compiling and running it.
Result<Divergence> findDivergence(const Suspect &suspect,
                                  std::span<const Tensor> inputs);

} // namespace sinter::cli
