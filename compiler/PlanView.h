// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan as the tool and people read it.
#pragma once

#include "sinter/abi.h"
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sinter {

/// Reads the bytes of a plan that the compiler has made, or that the runtime
/// has checked. Valid as long as they are there.
class PlanView {
public:
  explicit PlanView(const void *bytes)
      : base(static_cast<const char *>(bytes)),
        plan(*static_cast<const sinter_plan *>(bytes)) {}

  int64_t modelBytes() const { return plan.model_bytes; }

  std::span<const sinter_symbol> symbols() const { return table(plan.symbols); }
  std::span<const sinter_value_info> inputs() const {
    return {at<sinter_value_info>(plan.inputs), plan.inputs.count};
  }
  std::span<const sinter_value_info> outputs() const {
    return {at<sinter_value_info>(plan.outputs), plan.outputs.count};
  }
  std::span<const sinter_buffer> buffers() const {
    return {at<sinter_buffer>(plan.buffers), plan.buffers.count};
  }
  std::span<const sinter_op> ops() const {
    return {at<sinter_op>(plan.ops), plan.ops.count};
  }
  std::span<const sinter_block> blocks() const {
    return {at<sinter_block>(plan.blocks), plan.blocks.count};
  }
  /// Has it kernels for a GPU?
  bool usesDevice() const {
    for (const sinter_op &op : ops())
      if (op.kind == SINTER_OP_DEVICE_LAUNCH)
        return true;
    return false;
  }
  /// A list of dims or sizes: numbers of expressions.
  std::span<const uint32_t> list(uint32_t first, uint32_t count) const {
    return {at<uint32_t>(plan.indices) + first, count};
  }
  const char *text(uint32_t offset) const {
    return offset == SINTER_NONE ? "" : at<char>(plan.text) + offset;
  }

  /// The value of an expression; none where it has none, or needs a symbol
  /// without a value. `values` is by symbol.
  std::optional<int64_t>
  evaluate(uint32_t expr, std::span<const std::optional<int64_t>> values) const;

  /// The symbol that is the whole expression, if it is one.
  std::optional<uint32_t> symbolOf(uint32_t expr) const;

  /// The expression as people write it: "4*(N + 1)".
  std::string formula(uint32_t expr, unsigned depth = 0) const;

  /// "[N,4]".
  std::string shape(uint32_t dims, uint32_t rank) const;

  /// "launch".
  static const char *opName(uint32_t kind);
  /// "init", "main", or the block's number.
  static std::string blockName(uint32_t block);

private:
  template <typename T> const T *at(const sinter_table &where) const {
    return reinterpret_cast<const T *>(base + where.offset);
  }
  std::span<const sinter_symbol> table(const sinter_table &where) const {
    return {at<sinter_symbol>(where), where.count};
  }
  std::span<const sinter_size_step> steps(uint32_t expr) const {
    const auto &code = at<sinter_size_expr>(plan.exprs)[expr];
    return {at<sinter_size_step>(plan.steps) + code.first, code.count};
  }

  const char *base;
  const sinter_plan &plan;
};

/// The whole plan, in lines that are comments of MLIR: inputs, outputs and
/// symbols; buffers with their bytes, place and the ops between which they are
/// in use; blocks with their ops. `typeName` gives the name of a
/// TensorProto.DataType.
std::string planText(const PlanView &plan,
                     const std::function<std::string(int32_t type)> &typeName);

} // namespace sinter
