// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_PLAN_H
#define SINTER_RUNTIME_PLAN_H

#include <cstdint>
#include <span>

#include "Array.h"
#include "sinter/abi.h"
#include "sinter/runtime.h"

namespace sinter::runtime {

inline bool isOnDevice(const sinter_buffer &buffer) {
  return buffer.memory == SINTER_MEMORY_DEVICE;
}

/// How many of the last buffers of an op are written.
inline uint32_t writtenBy(const sinter_op &op) {
  switch (op.kind) {
  case SINTER_OP_LAUNCH:
  case SINTER_OP_DEVICE_LAUNCH:
    return op.results;
  case SINTER_OP_COPY:
  case SINTER_OP_APPEND:
    return 1;
  case SINTER_OP_LOOP: // carries among them
  case SINTER_OP_PLACE:
    return op.buffer_count;
  default:
    return 0;
  }
}

/// The tables of a plan; views into its bytes.
struct Plan {
  int64_t modelBytes = 0;
  std::span<const char> text;
  std::span<const uint32_t> indices;
  std::span<const sinter_size_step> steps;
  std::span<const sinter_size_expr> exprs;
  std::span<const sinter_symbol> symbols;
  std::span<const sinter_value_info> inputs, outputs;
  std::span<const sinter_buffer> buffers;
  std::span<const sinter_op> ops;
  std::span<const sinter_block> blocks;
  /// By expr: whether its value may change while the model runs.
  Array<bool> changes;
  uint32_t slabs = 0;
  /// By slab, and of the constants and model memory: whether the device has it.
  Array<bool> slabsOnDevice;
  bool hasDeviceWeights = false, hasDeviceModel = false, hasHostModel = false;

  const char *string(uint32_t offset) const {
    return offset == SINTER_NONE ? "" : text.data() + offset;
  }
  std::span<const uint32_t> list(uint32_t first, uint32_t count) const {
    return indices.subspan(first, count);
  }
  std::span<const sinter_size_step> code(uint32_t expr) const {
    return steps.subspan(exprs[expr].first, exprs[expr].count);
  }
};

/// Finds the tables in `bytes` and checks everything the executor relies on:
/// afterwards each index is in range and each expression well-formed. `model`
/// says how many kernels and weights there are; those for a GPU have passed
/// checkDeviceKernels.
sinter_status readPlan(std::span<const char> bytes,
                       const sinter_model_descriptor &model, Plan &plan,
                       sinter_error *error);

} // namespace sinter::runtime
#endif
