// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Plan.h"

#include "DeviceKernels.h"
#include "SizeProgram.h"
#include "Status.h"
#include "Types.h"

using namespace sinter::runtime;

namespace {

/// Checks a plan table by table; stops at the first fault.
class Checker {
public:
  Checker(const Plan &plan, const sinter_model_descriptor &model)
      : plan(plan), model(model), depths(plan.blocks.size()) {}

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
        ?: table("ops", plan.ops, entry) ?: table("blocks", plan.blocks, entry)
        ?: regions(entry);
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
      if (kind == SINTER_BUFFER_INPUT)
        for (uint32_t expr : plan.list(value.dims, value.rank))
          if (!isFixed(expr))
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
    if (uint64_t(expr.first) + expr.count > plan.steps.size())
      return false;
    auto code = plan.steps.subspan(expr.first, expr.count);
    if (!isWellFormed(code, plan.symbols.size(),
                      size_t(&expr - plan.exprs.data())))
      return false;
    // What others refer to is evaluated once.
    for (const sinter_size_step &step : code)
      if (step.code == SINTER_SIZE_EXPR && plan.changes[size_t(step.value)])
        return false;
    return true;
  }

  bool isValid(const sinter_symbol &symbol) const {
    return isText(symbol.name) && symbol.origin <= SINTER_SYMBOL_RUN &&
           symbol.low >= 0 && symbol.low <= symbol.high;
  }

  bool isFixed(uint32_t expr) const {
    return isExpr(expr) && !plan.changes[expr];
  }

  bool isValid(const sinter_buffer &buffer) const {
    if (!isExpr(buffer.size_expr) || elementBits(buffer.type) == 0 ||
        !isExprs(buffer.dims, buffer.rank) || buffer.offset < 0)
      return false;
    auto offset = uint64_t(buffer.offset);
    if (buffer.memory > SINTER_MEMORY_DEVICE ||
        (isOnDevice(buffer) && model.device_kernel_count == 0))
      return false;
    bool isFixedSize = isFixed(buffer.size_expr);
    switch (buffer.kind) {
    case SINTER_BUFFER_INPUT:
      return offset < plan.inputs.size() && isFixedSize && !isOnDevice(buffer);
    case SINTER_BUFFER_OUTPUT:
      return offset < plan.outputs.size() && !isOnDevice(buffer);
    case SINTER_BUFFER_WEIGHT:
      return offset <= model.weights_length && isFixedSize;
    case SINTER_BUFFER_ARENA:
      return isFixed(buffer.offset_expr) && isFixedSize;
    case SINTER_BUFFER_MODEL:
      return offset <= uint64_t(plan.modelBytes) && isFixedSize;
    case SINTER_BUFFER_DYNAMIC:
    case SINTER_BUFFER_CARRY:
      return offset < plan.slabs &&
             plan.slabsOnDevice[offset] == isOnDevice(buffer);
    case SINTER_BUFFER_VIEW:
      return offset < plan.buffers.size() && isExpr(buffer.offset_expr) &&
             plan.buffers[offset].kind != SINTER_BUFFER_VIEW &&
             plan.buffers[offset].memory == buffer.memory;
    default:
      return false;
    }
  }

  /// Are all buffers of the op in this memory?
  bool areIn(const sinter_op &op, uint32_t memory) const {
    for (uint32_t number :
         plan.list(op.buffer_count ? op.buffers : 0, op.buffer_count))
      if (plan.buffers[number].memory != memory)
        return false;
    return true;
  }

  bool isLaunch(const sinter_op &op, uint64_t count, uint32_t memory) const {
    return op.kernel < count && isExpr(op.extent) && op.grain >= 1 &&
           op.results <= op.buffer_count && areIn(op, memory);
  }

  bool isValid(const sinter_op &op) const {
    if (!isText(op.text) ||
        !isList(op.buffers, op.buffer_count, plan.buffers.size()) ||
        !isExprs(op.sizes, op.size_count) || !isOptional(op.scratch) ||
        !isList(op.symbols, op.symbol_count, plan.symbols.size()))
      return false;
    for (uint32_t symbol : symbolsOf(op))
      if (plan.symbols[symbol].origin != SINTER_SYMBOL_RUN)
        return false;
    switch (op.kind) {
    case SINTER_OP_LAUNCH:
      return isLaunch(op, model.kernel_count, SINTER_MEMORY_HOST);
    case SINTER_OP_DEVICE_LAUNCH:
      return isLaunch(op, model.device_kernel_count, SINTER_MEMORY_DEVICE) &&
             hasOperandsOfMaps(op, model.device_kernels[op.kernel]);
    case SINTER_OP_GUARD:
      return (op.size_count == 2 && op.buffer_count == 0) ||
             (op.size_count == 0 && op.buffer_count == 1 && isCondition(op, 0));
    case SINTER_OP_COPY:
      return op.buffer_count == 2 && isExpr(op.extent);
    case SINTER_OP_BIND:
      return isBind(op);
    case SINTER_OP_IF:
      return op.buffer_count == 1 && isCondition(op, 0) &&
             op.blocks[0] != SINTER_NONE && op.blocks[1] != SINTER_NONE;
    case SINTER_OP_LOOP:
      return isLoop(op);
    case SINTER_OP_PLACE:
      return true;
    case SINTER_OP_APPEND:
      return op.buffer_count == 2 && isExpr(op.extent) &&
             kindOf(op, 1) == SINTER_BUFFER_DYNAMIC &&
             memoryOf(op, 0) == memoryOf(op, 1);
    default:
      return true; // The executor refuses it by number.
    }
  }

  std::span<const uint32_t> symbolsOf(const sinter_op &op) const {
    return plan.list(op.symbol_count ? op.symbols : 0, op.symbol_count);
  }
  const sinter_buffer &buffer(const sinter_op &op, uint32_t index) const {
    return plan.buffers[plan.indices[op.buffers + index]];
  }
  uint32_t kindOf(const sinter_op &op, uint32_t index) const {
    return buffer(op, index).kind;
  }
  uint32_t memoryOf(const sinter_op &op, uint32_t index) const {
    return buffer(op, index).memory;
  }
  /// The kind of the storage that a buffer lies in.
  uint32_t storageOf(uint32_t number) const {
    const sinter_buffer &buffer = plan.buffers[number];
    return buffer.kind == SINTER_BUFFER_VIEW
               ? plan.buffers[size_t(buffer.offset)].kind
               : buffer.kind;
  }
  /// Whether the last `count` buffers of the op may be written to.
  bool areWritten(const sinter_op &op, uint32_t count, bool isInit) const {
    for (uint32_t i = op.buffer_count - count; i < op.buffer_count; ++i) {
      uint32_t kind = storageOf(plan.indices[op.buffers + i]);
      if (kind == SINTER_BUFFER_INPUT || kind == SINTER_BUFFER_WEIGHT ||
          kind == SINTER_BUFFER_CARRY ||
          (kind == SINTER_BUFFER_MODEL && !isInit))
        return false;
    }
    return true;
  }
  /// Whether the op has what there is without a run.
  bool isOfInit(const sinter_op &op) const {
    for (uint32_t i = 0; i < op.buffer_count; ++i) {
      uint32_t kind = storageOf(plan.indices[op.buffers + i]);
      if (kind != SINTER_BUFFER_WEIGHT && kind != SINTER_BUFFER_ARENA &&
          kind != SINTER_BUFFER_MODEL)
        return false;
    }
    return op.kind <= SINTER_OP_COPY || op.kind == SINTER_OP_DEVICE_LAUNCH;
  }
  /// Elements of this type, whatever their number.
  bool holds(const sinter_op &op, uint32_t index, uint32_t type) const {
    return buffer(op, index).type == type;
  }

  /// A bool that the host can read.
  bool isCondition(const sinter_op &op, uint32_t index) const {
    return holds(op, index, 9) && memoryOf(op, index) == SINTER_MEMORY_HOST;
  }

  bool isBind(const sinter_op &op) const {
    constexpr uint32_t int64 = 7;
    for (uint32_t i = 0; i < op.buffer_count; ++i)
      if (!holds(op, i, int64))
        return false;
    return areIn(op, SINTER_MEMORY_HOST) &&
           op.symbol_count == uint64_t(op.size_count) + op.buffer_count;
  }

  bool isLoop(const sinter_op &op) const {
    uint64_t triples = 3 * uint64_t(op.results);
    bool hasCondition = op.buffer_count == triples + 2;
    if (op.symbol_count != 1 || !isOptional(op.extent) ||
        op.blocks[0] == SINTER_NONE || op.blocks[1] != SINTER_NONE ||
        !(hasCondition || op.buffer_count == triples))
      return false;
    for (uint32_t i = 0; i < op.results; ++i)
      if (kindOf(op, 3 * i + 1) != SINTER_BUFFER_CARRY ||
          kindOf(op, 3 * i + 2) != SINTER_BUFFER_DYNAMIC ||
          memoryOf(op, 3 * i) != memoryOf(op, 3 * i + 1) ||
          memoryOf(op, 3 * i) != memoryOf(op, 3 * i + 2))
        return false;
    return !hasCondition || (isCondition(op, op.buffer_count - 1) &&
                             isCondition(op, op.buffer_count - 2));
  }

  /// Regions form a tree below `main`, of a bounded depth; `init` has none.
  const char *regions(size_t &entry) {
    for (entry = 0; entry < plan.blocks.size(); ++entry) {
      bool isReached = entry <= SINTER_BLOCK_MAIN || depths[entry] != 0;
      const sinter_block &block = plan.blocks[entry];
      if (!isReached || depths[entry] > SINTER_MAX_DEPTH)
        return "blocks";
      for (const sinter_op &op : plan.ops.subspan(block.first, block.count)) {
        bool isInit = entry == SINTER_BLOCK_INIT;
        bool isLaunch =
            op.kind == SINTER_OP_LAUNCH || op.kind == SINTER_OP_DEVICE_LAUNCH;
        uint32_t written = isLaunch                    ? op.results
                           : op.kind == SINTER_OP_COPY ? 1
                                                       : 0;
        if ((isInit && !isOfInit(op)) || !areWritten(op, written, isInit))
          return "blocks";
        if (op.kind != SINTER_OP_IF && op.kind != SINTER_OP_LOOP)
          continue;
        for (uint32_t region : op.blocks) {
          if (region == SINTER_NONE)
            continue;
          if (region <= entry || region <= SINTER_BLOCK_MAIN ||
              region >= plan.blocks.size() || depths[region] != 0)
            return "blocks";
          depths[region] = depths[entry] + 1;
        }
      }
    }
    return nullptr;
  }

  bool isValid(const sinter_block &block) const {
    return uint64_t(block.first) + block.count <= plan.ops.size() &&
           isOptional(block.arena_expr) &&
           (model.device_kernel_count == 0 ||
            isOptional(block.device_arena_expr));
  }

  const Plan &plan;
  const sinter_model_descriptor &model;
  Array<uint32_t> depths;
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

/// Each symbol of an input, alone, is some input's dim.
bool bindsAllSymbols(const Plan &plan, size_t &symbol) {
  for (symbol = 0; symbol < plan.symbols.size(); ++symbol) {
    bool bound = plan.symbols[symbol].origin == SINTER_SYMBOL_RUN;
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

/// Which expressions have a symbol of the run; false where a table is
/// malformed, which the checks find.
void findChanges(Plan &plan) {
  plan.changes = Array<bool>(plan.exprs.size());
  for (size_t i = 0; i < plan.exprs.size(); ++i) {
    const sinter_size_expr &expr = plan.exprs[i];
    if (uint64_t(expr.first) + expr.count > plan.steps.size())
      continue;
    for (const sinter_size_step &step : plan.code(uint32_t(i)))
      if (step.code == SINTER_SIZE_SYMBOL &&
          uint64_t(step.value) < plan.symbols.size())
        plan.changes[i] |=
            plan.symbols[size_t(step.value)].origin == SINTER_SYMBOL_RUN;
  }
}

/// One more than the largest number of a slab, at most one for each buffer.
uint32_t countSlabs(const Plan &plan) {
  uint64_t count = 0;
  for (const sinter_buffer &buffer : plan.buffers)
    if ((buffer.kind == SINTER_BUFFER_DYNAMIC ||
         buffer.kind == SINTER_BUFFER_CARRY) &&
        uint64_t(buffer.offset) < plan.buffers.size() &&
        uint64_t(buffer.offset) >= count)
      count = uint64_t(buffer.offset) + 1;
  return uint32_t(count);
}

/// What the device has; where buffers disagree, the checks find it.
void findMemories(Plan &plan) {
  plan.slabsOnDevice = Array<bool>(plan.slabs);
  for (const sinter_buffer &buffer : plan.buffers) {
    if (buffer.kind == SINTER_BUFFER_MODEL)
      (isOnDevice(buffer) ? plan.hasDeviceModel : plan.hasHostModel) = true;
    plan.hasDeviceWeights |=
        isOnDevice(buffer) && buffer.kind == SINTER_BUFFER_WEIGHT;
    if ((buffer.kind == SINTER_BUFFER_DYNAMIC ||
         buffer.kind == SINTER_BUFFER_CARRY) &&
        uint64_t(buffer.offset) < plan.slabs)
      plan.slabsOnDevice[size_t(buffer.offset)] = isOnDevice(buffer);
  }
}

} // namespace

sinter_status sinter::runtime::readPlan(std::span<const char> bytes,
                                        const sinter_model_descriptor &model,
                                        Plan &plan, sinter_error *error) {
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
  findChanges(plan);
  plan.slabs = countSlabs(plan);
  findMemories(plan);
  size_t entry = 0;
  if (const char *at = Checker(plan, model).check(entry))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "entry %zu of the plan's table '%s' is invalid", entry, at);
  if (!bindsAllSymbols(plan, entry))
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "no input gives symbol '%s' its value",
                plan.string(plan.symbols[entry].name));
  return SINTER_STATUS_OK;
}
