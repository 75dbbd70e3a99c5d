// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plans written by hand, and the descriptor of a model that has one.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "sinter/abi.h"

namespace flow {

struct Plan {
  std::vector<char> text{0};
  std::vector<uint32_t> indices;
  std::vector<sinter_size_step> steps;
  std::vector<sinter_size_expr> exprs;
  std::vector<sinter_symbol> symbols;
  std::vector<sinter_value_info> inputs, outputs;
  std::vector<sinter_buffer> buffers;
  std::vector<sinter_op> ops;
  std::vector<sinter_block> blocks;

  uint32_t list(std::initializer_list<uint32_t> values) {
    indices.insert(indices.end(), values);
    return uint32_t(indices.size() - values.size());
  }
  uint32_t string(const char *value) {
    auto offset = uint32_t(text.size());
    text.insert(text.end(), value, value + std::strlen(value) + 1);
    return offset;
  }
  uint32_t constant(int64_t value) {
    return expr({{SINTER_SIZE_CONST, 0, value}});
  }
  /// factor * (symbol + more)
  uint32_t linear(uint32_t symbol, int64_t more = 0, int64_t factor = 1) {
    if (more == 0 && factor == 1)
      return expr({{SINTER_SIZE_SYMBOL, 0, symbol}});
    return expr({{SINTER_SIZE_SYMBOL, 0, symbol},
                 {SINTER_SIZE_CONST, 0, more},
                 {SINTER_SIZE_ADD, 0, 0},
                 {SINTER_SIZE_CONST, 0, factor},
                 {SINTER_SIZE_MUL, 0, 0}});
  }
  uint32_t expr(std::initializer_list<sinter_size_step> code) {
    exprs.push_back({uint32_t(steps.size()), uint32_t(code.size())});
    steps.insert(steps.end(), code);
    return uint32_t(exprs.size() - 1);
  }
  sinter_op &op(uint32_t kind, std::initializer_list<uint32_t> operands) {
    sinter_op op = {};
    op.kind = kind;
    op.buffers = list(operands);
    op.buffer_count = uint32_t(operands.size());
    op.extent = op.scratch = op.text = SINTER_NONE;
    op.blocks[0] = op.blocks[1] = SINTER_NONE;
    op.grain = 1;
    ops.push_back(op);
    return ops.back();
  }
  void launch(uint32_t kernel, std::initializer_list<uint32_t> operands,
              uint32_t results, uint32_t extent, uint32_t size) {
    sinter_op &entry = op(SINTER_OP_LAUNCH, operands);
    entry.kernel = kernel;
    entry.results = results;
    entry.extent = extent;
    entry.sizes = list({size});
    entry.size_count = 1;
  }
  void bind(uint32_t symbol, uint32_t size) {
    sinter_op &entry = op(SINTER_OP_BIND, {});
    entry.sizes = list({size});
    entry.size_count = 1;
    entry.symbols = list({symbol});
    entry.symbol_count = 1;
  }
  void block() {
    auto first = blocks.empty() ? 0 : blocks.back().first + blocks.back().count;
    blocks.push_back({first, uint32_t(ops.size()) - first, SINTER_NONE, 0});
  }

  std::vector<char> bytes() const;
};

template <typename T>
sinter_table append(std::vector<char> &bytes, const std::vector<T> &entries) {
  bytes.resize((bytes.size() + 7) / 8 * 8);
  sinter_table table = {bytes.size(), entries.size()};
  const char *data = reinterpret_cast<const char *>(entries.data());
  bytes.insert(bytes.end(), data, data + entries.size() * sizeof(T));
  return table;
}

inline std::vector<char> Plan::bytes() const {
  std::vector<char> all(sizeof(sinter_plan));
  sinter_plan head = {};
  head.magic = SINTER_PLAN_MAGIC;
  head.version = SINTER_ABI_VERSION;
  head.struct_size = sizeof(sinter_plan);
  head.text = append(all, text);
  head.indices = append(all, indices);
  head.steps = append(all, steps);
  head.exprs = append(all, exprs);
  head.symbols = append(all, symbols);
  head.inputs = append(all, inputs);
  head.outputs = append(all, outputs);
  head.buffers = append(all, buffers);
  head.ops = append(all, ops);
  head.blocks = append(all, blocks);
  std::memcpy(all.data(), &head, sizeof(head));
  return all;
}

/// A descriptor of a plan, which is made when the model is loaded.
struct FakeModel : sinter_model_descriptor {
  std::vector<char> plan;

  FakeModel(const Plan &plan, const sinter_kernel *kernels, uint64_t count,
            const char *name)
      : sinter_model_descriptor{}, plan(plan.bytes()) {
    magic = SINTER_MODEL_MAGIC;
    abi_version = SINTER_ABI_VERSION;
    struct_size = sizeof(sinter_model_descriptor);
    sinter_model_descriptor::plan = this->plan.data();
    plan_length = this->plan.size();
    plan_checksum = 0xcbf29ce484222325;
    for (char byte : this->plan)
      plan_checksum = (plan_checksum ^ uint8_t(byte)) * 0x100000001b3;
    sinter_model_descriptor::kernels = kernels;
    kernel_count = count;
    compiler_version = name;
  }
};

} // namespace flow
