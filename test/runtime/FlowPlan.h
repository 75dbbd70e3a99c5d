// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan with every kind of op. Inputs n (a scalar) and x[K]:
//   y = n > 2 ? x : x and x again
//   n times, but only while y has fewer than 40 elements:
//     firsts gets y[0]; y = y with its length appended
// Outputs y and firsts.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "sinter/abi.h"

namespace flow {

enum Symbol : uint32_t { K, T, S, I };
enum Buffer : uint32_t {
  N,
  X,
  Y,
  Firsts,
  Above,
  Made,
  Carry,
  Next,
  GoesOn,
  True,
  Head,
  List
};
enum Block : uint32_t { Init, Main, Yes, No, Body };

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

inline void addBuffers(Plan &plan) {
  uint32_t one = plan.constant(1), eight = plan.constant(8), none = SINTER_NONE;
  auto add = [&](uint32_t kind, uint32_t type, uint32_t size, int64_t offset,
                 uint32_t at) {
    plan.buffers.push_back({kind, type, size, at, 0, 0, offset});
  };
  add(SINTER_BUFFER_INPUT, 7, eight, 0, none);
  add(SINTER_BUFFER_INPUT, 1, plan.linear(K, 0, 4), 1, none);
  add(SINTER_BUFFER_OUTPUT, 1, plan.linear(S, 0, 4), 0, none);
  add(SINTER_BUFFER_OUTPUT, 1, plan.linear(I, 0, 4), 1, none);
  add(SINTER_BUFFER_ARENA, 9, one, 0, plan.constant(0));
  add(SINTER_BUFFER_DYNAMIC, 1, plan.linear(S, 0, 4), 0, none);
  add(SINTER_BUFFER_CARRY, 1, plan.linear(S, 0, 4), 1, none);
  add(SINTER_BUFFER_DYNAMIC, 1, plan.linear(S, 1, 4), 2, none);
  add(SINTER_BUFFER_ARENA, 9, one, 0, plan.constant(64));
  add(SINTER_BUFFER_ARENA, 9, one, 0, plan.constant(128));
  add(SINTER_BUFFER_VIEW, 1, plan.constant(4), Carry, plan.constant(0));
  add(SINTER_BUFFER_DYNAMIC, 1, plan.linear(I, 0, 4), 3, none);
}

inline void addBlocks(Plan &plan) {
  uint32_t one = plan.constant(1), two = plan.constant(2);
  plan.block();
  sinter_op &trips = plan.op(SINTER_OP_BIND, {N});
  trips.symbols = plan.list({T});
  trips.symbol_count = 1;
  trips.text = plan.string("the number of rounds");
  plan.launch(0, {N, Above}, 1, one, two);
  plan.launch(0, {N, True}, 1, one, plan.constant(INT64_MIN));
  sinter_op &branch = plan.op(SINTER_OP_IF, {Above});
  branch.blocks[0] = Yes;
  branch.blocks[1] = No;
  plan.bind(I, plan.constant(0));
  plan.op(SINTER_OP_PLACE, {List});
  sinter_op &loop = plan.op(SINTER_OP_LOOP, {Made, Carry, Next, True, GoesOn});
  loop.results = 1;
  loop.extent = plan.linear(T);
  loop.symbols = plan.list({I});
  loop.symbol_count = 1;
  loop.blocks[0] = Body;
  plan.op(SINTER_OP_COPY, {Carry, Y}).extent = plan.linear(S, 0, 4);
  plan.op(SINTER_OP_COPY, {List, Firsts}).extent = plan.linear(I, 0, 4);
  plan.block();
  plan.blocks[Main].arena_expr = plan.constant(192);

  plan.bind(S, plan.linear(K));
  plan.op(SINTER_OP_COPY, {X, Made}).extent = plan.linear(K, 0, 4);
  plan.block();

  plan.bind(S, plan.linear(K, 0, 2));
  plan.launch(1, {X, Made}, 1, plan.linear(K), plan.linear(K));
  plan.block();

  plan.launch(2, {Carry, Next, GoesOn}, 2, one, plan.linear(S));
  plan.op(SINTER_OP_APPEND, {Head, List}).extent = plan.linear(I, 0, 4);
  plan.bind(S, plan.linear(S, 1));
  plan.block();
}

inline Plan makePlan() {
  Plan plan;
  for (const char *name : {"K", "T", "S", "I"}) {
    bool isInput = plan.symbols.empty();
    plan.symbols.push_back({plan.string(name),
                            isInput ? 0u : uint32_t(SINTER_SYMBOL_RUN), 0,
                            1 << 20});
  }
  addBuffers(plan);
  plan.inputs = {{plan.string("n"), 7, 0, 0, N, 0},
                 {plan.string("x"), 1, 1, plan.list({plan.linear(K)}), X, 0}};
  plan.outputs = {
      {plan.string("y"), 1, 1, plan.list({plan.linear(S)}), Y, 0},
      {plan.string("firsts"), 1, 1, plan.list({plan.linear(I)}), Firsts, 0}};
  addBlocks(plan);
  return plan;
}

} // namespace flow
