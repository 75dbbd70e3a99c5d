// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Plan.h"

#include "SizeProgram.h"
#include "Status.h"
#include "Types.h"

using namespace sinter::runtime;

namespace {

/// Checks a plan table by table; stops at the first fault.
class Checker {
public:
  Checker(const Plan &plan, uint64_t kernels, uint64_t weights)
      : plan(plan), kernels(kernels), weights(weights) {}

  /// The name of the table at fault and the entry, or null.
  const char *check(size_t &entry) {
    if (plan.text.empty() || plan.text.back() != 0)
      return "text";
    if (plan.blocks.size() <= SINTER_BLOCK_MAIN)
      return "blocks";
    if (plan.modelBytes < 0 || plan.modelBytes > PTRDIFF_MAX - 64)
      return "model_bytes";
    return table("exprs", plan.exprs, entry) ?: table("symbols", plan.symbols, entry)
        ?: table("buffers", plan.buffers, entry)
        ?: values("inputs", plan.inputs, SINTER_BUFFER_INPUT, entry)
        ?: values("outputs", plan.outputs, SINTER_BUFFER_OUTPUT, entry)
        ?: table("ops", plan.ops, entry) ?: table("blocks", plan.blocks, entry);
  }

private:
  template <typename T>
  const char *table(const char *name, std::span<const T> entries,
                    size_t &entry) {
    for (entry = 0; entry < entries.size(); ++entry)
      if (!isValid(entries[entry]))
        return name;
    return nullptr;
  }

  const char *values(const char *name, std::span<const sinter_value_info> all,
                     uint32_t kind, size_t &entry) {
    for (entry = 0; entry < all.size(); ++entry) {
      const sinter_value_info &value = all[entry];
      if (!isText(value.name) || value.buffer >= plan.buffers.size() ||
          elementBits(value.type) == 0 || !isExprs(value.dims, value.rank))
        return name;
      const sinter_buffer &buffer = plan.buffers[value.buffer];
      if (buffer.kind != kind || buffer.offset != int64_t(entry) ||
          buffer.type != value.type)
        return name;
    }
    return nullptr;
  }

  bool isText(uint32_t offset) const {
    return offset == SINTER_NONE || offset < plan.text.size();
  }
  bool isExpr(uint32_t expr) const { return expr < plan.exprs.size(); }
  bool isOptional(uint32_t expr) const {
    return expr == SINTER_NONE || isExpr(expr);
  }
  bool isList(uint32_t first, uint32_t count, size_t limit) const {
    if (count == 0)
      return true;
    if (uint64_t(first) + count > plan.indices.size())
      return false;
    for (uint32_t index : plan.list(first, count))
      if (index >= limit)
        return false;
    return true;
  }
  bool isExprs(uint32_t first, uint32_t count) const {
    return count <= INT32_MAX && isList(first, count, plan.exprs.size());
  }

  bool isValid(const sinter_size_expr &expr) const {
    return uint64_t(expr.first) + expr.count <= plan.steps.size() &&
           isWellFormed(plan.steps.subspan(expr.first, expr.count),
                        plan.symbols.size(), size_t(&expr - plan.exprs.data()));
  }

  bool isValid(const sinter_symbol &symbol) const {
    return isText(symbol.name) && symbol.low >= 0 && symbol.low <= symbol.high;
  }

  bool isValid(const sinter_buffer &buffer) const {
    if (!isExpr(buffer.size_expr) || elementBits(buffer.type) == 0 ||
        !isExprs(buffer.dims, buffer.rank) || buffer.offset < 0)
      return false;
    auto offset = uint64_t(buffer.offset);
    switch (buffer.kind) {
    case SINTER_BUFFER_INPUT:
      return offset < plan.inputs.size();
    case SINTER_BUFFER_OUTPUT:
      return offset < plan.outputs.size();
    case SINTER_BUFFER_WEIGHT:
      return offset <= weights;
    case SINTER_BUFFER_ARENA:
      return isExpr(buffer.offset_expr);
    case SINTER_BUFFER_MODEL:
      return offset <= uint64_t(plan.modelBytes);
    default:
      return false;
    }
  }

  bool isValid(const sinter_op &op) const {
    if (!isText(op.text) ||
        !isList(op.buffers, op.buffer_count, plan.buffers.size()) ||
        !isExprs(op.sizes, op.size_count) || !isOptional(op.scratch))
      return false;
    switch (op.kind) {
    case SINTER_OP_LAUNCH:
      return op.kernel < kernels && isExpr(op.extent) && op.grain >= 1;
    case SINTER_OP_GUARD:
      return op.size_count == 2;
    case SINTER_OP_COPY:
      return op.buffer_count == 2 && isExpr(op.extent);
    default:
      return true; // The executor refuses it by number.
    }
  }

  bool isValid(const sinter_block &block) const {
    return uint64_t(block.first) + block.count <= plan.ops.size() &&
           isOptional(block.arena_expr);
  }

  const Plan &plan;
  uint64_t kernels, weights;
};

template <typename T>
bool view(std::span<const char> bytes, const sinter_table &table,
          std::span<const T> &entries) {
  if (table.offset > bytes.size() || table.offset % 8 != 0 ||
      table.count > (bytes.size() - table.offset) / sizeof(T) ||
      table.count >= SINTER_NONE)
    return false;
  entries = {reinterpret_cast<const T *>(bytes.data() + table.offset),
             size_t(table.count)};
  return true;
}

/// Inputs and symbols pair up: each symbol alone is some input's dim.
bool bindsAllSymbols(const Plan &plan, size_t &symbol) {
  for (symbol = 0; symbol < plan.symbols.size(); ++symbol) {
    bool bound = false;
    for (const sinter_value_info &input : plan.inputs)
      for (uint32_t expr : plan.list(input.rank ? input.dims : 0, input.rank)) {
        auto code = plan.code(expr);
        bound |= code.size() == 1 && code[0].code == SINTER_SIZE_SYMBOL &&
                 code[0].value == int64_t(symbol);
      }
    if (!bound)
      return false;
  }
  return true;
}

} // namespace

sinter_status sinter::runtime::readPlan(std::span<const char> bytes,
                                        uint64_t kernelCount,
                                        uint64_t weightsLength, Plan &plan,
                                        sinter_error *error) {
  const auto *head = reinterpret_cast<const sinter_plan *>(bytes.data());
  if (bytes.size() < sizeof(sinter_plan) ||
      reinterpret_cast<uintptr_t>(head) % 8 != 0 ||
      head->magic != SINTER_PLAN_MAGIC || head->struct_size != sizeof(*head))
    return fail(error, SINTER_STATUS_BAD_MODEL, "the plan is malformed");
  if (head->version != SINTER_ABI_VERSION)
    return fail(error, SINTER_STATUS_VERSION,
                "the plan has version %u, this runtime knows %u", head->version,
                SINTER_ABI_VERSION);
  plan.modelBytes = head->model_bytes;
  if (!view(bytes, head->text, plan.text) ||
      !view(bytes, head->indices, plan.indices) ||
      !view(bytes, head->steps, plan.steps) ||
      !view(bytes, head->exprs, plan.exprs) ||
      !view(bytes, head->symbols, plan.symbols) ||
      !view(bytes, head->inputs, plan.inputs) ||
      !view(bytes, head->outputs, plan.outputs) ||
      !view(bytes, head->buffers, plan.buffers) ||
      !view(bytes, head->ops, plan.ops) ||
      !view(bytes, head->blocks, plan.blocks))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "a table lies outside of the plan");
  size_t entry = 0;
  if (const char *at = Checker(plan, kernelCount, weightsLength).check(entry))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "entry %zu of the plan's table '%s' is invalid", entry, at);
  if (!bindsAllSymbols(plan, entry))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "no input gives symbol '%s' its value",
                plan.string(plan.symbols[entry].name));
  return SINTER_STATUS_OK;
}
