// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tensors that a model is run on, from files or made up.
#pragma once

#include "compiler/PlanView.h"
#include "compiler/support/Error.h"
#include "tools/sinter/Tensor.h"
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sinter::cli {

struct InputOptions {
  std::vector<std::string> files; // NAME=FILE or @INDEX=FILE
  std::string testData;           // a directory with input_<k>.pb
  std::string archive;            // a .npz with arrays by the inputs' names
  std::vector<std::string> dims;  // NAME=N
  uint64_t seed = 0;
};

/// Adds --input, --dim, --seed and --test-data to a verb.
void addInputOptions(CLI::App &verb, InputOptions &options);

struct Inputs {
  /// In the order of the model.
  std::vector<Tensor> tensors;
  /// What was assumed, for people.
  std::vector<std::string> notes;
};

/// Errors: E0502-E0505, E0509, E0540-E0543, E0560 and those of readTensor.
Result<Inputs> makeInputs(const PlanView &plan, const InputOptions &options);

/// "float32[N,4]".
std::string typeText(const PlanView &plan, const sinter_value_info &value);

/// The .pb file of input or output `index` in a directory; empty if it is not
/// there. `what` is "input" or "output".
std::string testFile(const std::string &directory, const char *what,
                     size_t index);

} // namespace sinter::cli
