// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan with every kind of op. Inputs n (a scalar) and x[K]:
//   y = n > 2 ? x : x and x again
//   n times, but only while y has fewer than 40 elements:
//     firsts gets y[0]; y = y with its length appended
// Outputs y and firsts.
#pragma once

#include "FakePlan.h"

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

inline void addBuffers(Plan &plan) {
  uint32_t one = plan.constant(1), eight = plan.constant(8), none = SINTER_NONE;
  auto add = [&](uint16_t kind, uint32_t type, uint32_t size, int64_t offset,
                 uint32_t at) {
    plan.buffers.push_back(
        {kind, SINTER_MEMORY_HOST, type, size, at, 0, 0, offset});
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
