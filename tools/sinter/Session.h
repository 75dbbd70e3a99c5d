// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An opened model and a context to run it, over the public C API.
#pragma once

#include "compiler/PlanView.h"
#include "compiler/support/Error.h"
#include "sinter/runtime.h"
#include "tools/sinter/Tensor.h"
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sinter::cli {

class Session {
public:
  /// Opens a compiled model; a context is made by `prepare`.
  /// Errors: E0550-E0552, E0554.
  static Result<Session> open(const std::string &path);

  /// Makes the context. `threads` as in sinter_context_create.
  Status prepare(uint32_t threads);

  /// Runs the model on all inputs, in its order. The outputs are the
  /// context's, valid until the next run. Errors: E0552-E0554.
  Status run(std::span<const Tensor> inputs);

  /// Copies all inputs to the memory of the model's GPU. `runOnDevice` uses
  /// them, and leaves the outputs there. Errors: as run.
  Status keepOnDevice(std::span<const Tensor> inputs);
  Status runOnDevice();

  /// See sinter_context_set_profile; after prepare().
  void setProfile(sinter_profile profile, void *user) {
    sinter_context_set_profile(context.get(), profile, user);
  }

  std::span<const sinter_tensor> outputs() const { return results; }
  const sinter_model_descriptor &descriptor() const {
    return *sinter_model_get_descriptor(model.get());
  }
  PlanView plan() const { return PlanView(descriptor().plan); }
  uint32_t threads() const { return sinter_context_threads(context.get()); }

private:
  Status runWith(const sinter_tensor *inputs, uint32_t outputMemory);

  struct Close {
    void operator()(sinter_model *p) const { sinter_model_close(p); }
    void operator()(sinter_context *p) const { sinter_context_destroy(p); }
  };
  std::unique_ptr<sinter_model, Close> model;
  std::unique_ptr<sinter_context, Close> context;
  std::vector<sinter_tensor> arguments, results;
};

/// The shape and the data of an output.
std::vector<int64_t> dimsOf(const sinter_tensor &tensor);
TensorView viewOf(const sinter_tensor &tensor);
TensorView viewOf(const Tensor &tensor);

} // namespace sinter::cli
