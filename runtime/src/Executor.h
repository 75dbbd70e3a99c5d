// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_EXECUTOR_H
#define SINTER_RUNTIME_EXECUTOR_H

#include <memory>
#include <span>

#include "Array.h"
#include "Memory.h"
#include "Model.h"
#include "Profile.h"
#include "SizeProgram.h"
#include "ThreadPool.h"

namespace sinter::runtime {

/// Walks the plan of one model; used by one thread at a time.
class Executor {
public:
  explicit Executor(std::shared_ptr<const Model> model);

  /// Runs the `init` block, which writes the model's memory.
  static sinter_status runInit(std::shared_ptr<const Model> model,
                               sinter_error *error);

  /// Starts the threads; call it once, before anything else.
  sinter_status start(uint32_t threads, sinter_error *error);
  uint32_t threads() const { return pool.threads(); }
  Profile profile;

  /// See sinter_context_set_input and sinter_context_run.
  sinter_status setInput(size_t index, const sinter_tensor &tensor,
                         sinter_error *error);
  sinter_status run(std::span<const sinter_tensor> inputs,
                    std::span<sinter_tensor> outputs, sinter_error *error);
  sinter_status runStored(std::span<sinter_tensor> outputs,
                          sinter_error *error);

private:
  sinter_status checkTensor(size_t index, const sinter_tensor &tensor,
                            sinter_error *error) const;
  sinter_status bindSymbols(std::span<const sinter_tensor> inputs,
                            sinter_error *error);
  sinter_status checkDims(std::span<const sinter_tensor> inputs,
                          sinter_error *error) const;
  void evaluateAll();
  sinter_status value(uint32_t expr, int64_t &result, const char *what,
                      sinter_error *error) const;
  sinter_status placeBuffers(uint32_t block, sinter_error *error);
  sinter_status placeBuffer(size_t number, int64_t arenaBytes, bool isInit,
                            sinter_error *error);
  sinter_status placeInputs(std::span<const sinter_tensor> inputs,
                            sinter_error *error);
  sinter_status placeOutputs(std::span<sinter_tensor> outputs,
                             sinter_error *error);
  sinter_status runBlock(uint32_t block, sinter_error *error);
  sinter_status gather(const sinter_op &op, sinter_error *error);
  sinter_status launch(const sinter_op &op, sinter_error *error);
  sinter_status guard(const sinter_op &op, sinter_error *error) const;
  sinter_status copy(const sinter_op &op, sinter_error *error);

  std::shared_ptr<const Model> model;
  const Plan &plan;
  ThreadPool pool;
  bool evaluated = false;
  Array<int64_t> symbols, boundSymbols;
  Array<SizeValue> values; // per expr
  Array<char *> pointers;  // per buffer; null: not placed
  Array<int64_t> bytes;    // per buffer
  Array<void *> arguments; // of the launch at hand
  Array<int64_t> sizes;    // of the launch at hand
  Array<Array<int64_t>> outputDims;
  Array<Memory> outputMemory;
  Array<sinter_tensor> storedInputs;
  Array<Array<int64_t>> storedDims;
  Memory arena, scratch;
};

} // namespace sinter::runtime
#endif
