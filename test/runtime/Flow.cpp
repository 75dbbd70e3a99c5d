// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Control flow and dynamic buffers: runs of the model of FlowPlan.h, and plans
// that must be refused.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <functional>
#include <malloc.h>

#include "FlowPlan.h"
#include "Plan.h"
#include "Sealed.h"

namespace {

sinter::Model openModel() { return openSealed(FLOW_LIBRARY); }

struct Answer {
  sinter_status status = SINTER_STATUS_OK;
  std::string message;
  std::vector<float> y, firsts;
};

std::vector<float> floats(const sinter_tensor &tensor) {
  auto *data = static_cast<const float *>(tensor.data);
  return {data, data + tensor.dims[0]};
}

Answer run(sinter::Context &context, int64_t n, int64_t size,
           std::vector<float> *memory = nullptr) {
  std::vector<float> x;
  for (int64_t i = 0; i < size; ++i)
    x.push_back(float(100 + i));
  const sinter_tensor inputs[] = {{&n, 7, 0, nullptr, 8, 0, 0},
                                  {x.data(), 1, 1, &size, 4 * x.size(), 0, 0}};
  sinter_tensor outputs[2] = {};
  if (memory)
    outputs[0] = {memory->data(), 0, 0, nullptr, 4 * memory->size(), 0, 0};
  auto done = context.run(inputs, outputs);
  if (!done.ok())
    return {done.error().status,
            done.error().message,
            std::vector<float>(outputs[0].bytes / 4),
            {}};
  return {SINTER_STATUS_OK, "", floats(outputs[0]), floats(outputs[1])};
}

Answer expected(int64_t n, int64_t size) {
  Answer answer;
  for (int64_t i = 0; i < (n > 2 ? size : 2 * size); ++i)
    answer.y.push_back(float(100 + i % size));
  for (int64_t i = 0; i < n; ++i) {
    if (i > 0 && answer.y.size() >= 40)
      break;
    answer.firsts.push_back(answer.y[0]);
    answer.y.push_back(float(answer.y.size()));
  }
  return answer;
}

/// What reading a plan says after a change; "" if it is accepted.
std::string read(const std::function<void(flow::Plan &)> &change) {
  flow::Plan plan = flow::makePlan();
  change(plan);
  std::vector<char> bytes = plan.bytes();
  std::vector<uint64_t> aligned((bytes.size() + 7) / 8);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  sinter_model_descriptor model{};
  model.kernel_count = 3;
  sinter::runtime::Plan tables;
  sinter_error error = {};
  std::span view(reinterpret_cast<const char *>(aligned.data()), bytes.size());
  return sinter::runtime::readPlan(view, model, tables, &error) ? error.message
                                                                : "";
}

sinter_op &find(flow::Plan &plan, uint32_t kind) {
  for (sinter_op &op : plan.ops)
    if (op.kind == kind)
      return op;
  throw std::runtime_error("no such op");
}

} // namespace

TEST_CASE("branches, loops and what they collect") {
  auto model = openModel();
  auto context = model.createContext(2);
  for (int64_t n : {0, 1, 2, 3, 10, 100, 3, 0})
    for (int64_t size : {1, 5, 39, 60}) {
      Answer found = run(*context, n, size), wanted = expected(n, size);
      INFO(n << " rounds, " << size << " elements: " << found.message);
      CHECK(found.status == SINTER_STATUS_OK);
      CHECK(found.y == wanted.y);
      CHECK(found.firsts == wanted.firsts);
    }
}

TEST_CASE("a number that is no size ends the run") {
  auto model = openModel();
  auto context = model.createContext(1);
  Answer found = run(*context, -1, 3);
  CHECK(found.status == SINTER_STATUS_SHAPE);
  CHECK(found.message ==
        "the number of rounds: expected a size in 0..1048576, found -1");
  CHECK(run(*context, 3, 3).y == expected(3, 3).y);
}

TEST_CASE("an output whose size the run finds may be too small") {
  auto model = openModel();
  auto context = model.createContext(1);
  std::vector<float> memory(7);
  Answer found = run(*context, 5, 3, &memory);
  CHECK(found.status == SINTER_STATUS_TOO_SMALL);
  REQUIRE(found.y.size() == 8);
  memory.resize(8);
  CHECK(run(*context, 5, 3, &memory).status == SINTER_STATUS_OK);
  CHECK(memory == expected(5, 3).y);
}

TEST_CASE("a run of sizes that were there before allocates nothing") {
  auto model = openModel();
  auto context = model.createContext(1);
  int64_t n = 30, size = 5;
  std::vector<float> x(5);
  const sinter_tensor inputs[] = {{&n, 7, 0, nullptr, 8, 0, 0},
                                  {x.data(), 1, 1, &size, 20}};
  sinter_tensor outputs[2] = {};
  for (int warm = 0; warm < 3; ++warm) {
    outputs[0] = outputs[1] = {};
    REQUIRE(context->run(inputs, outputs).ok());
  }
  size_t before = mallinfo2().uordblks;
  outputs[0] = outputs[1] = {};
  bool good = context->run(inputs, outputs).ok();
  size_t after = mallinfo2().uordblks;
  CHECK(good);
  CHECK(before == after);
}

/// The changed plan is refused because of this table.
static void refused(const std::function<void(flow::Plan &)> &change,
                    const char *table) {
  std::string message = read(change);
  INFO(message);
  CHECK(message.find(std::string("table '") + table + "'") !=
        std::string::npos);
}

TEST_CASE("plans with wrong control flow are refused") {
  CHECK(read([](flow::Plan &) {}) == "");
  using flow::Plan;
  // Regions: out of range, shared, backwards, unreached.
  for (uint32_t block : {5u, 4u, 1u, 0u, SINTER_NONE - 1})
    refused([=](Plan &p) { find(p, SINTER_OP_IF).blocks[0] = block; },
            "blocks");
  refused([](Plan &p) { p.blocks.push_back(p.blocks[2]); }, "blocks");
  refused([](Plan &p) { p.blocks[0] = p.blocks[2]; }, "blocks");
  refused([](Plan &p) { find(p, SINTER_OP_IF).blocks[1] = SINTER_NONE; },
          "ops");
  refused([](Plan &p) { find(p, SINTER_OP_LOOP).blocks[1] = flow::No; }, "ops");
  // Operands of the wrong number or kind.
  refused([](Plan &p) { find(p, SINTER_OP_IF).buffer_count = 0; }, "ops");
  refused([](Plan &p) { p.buffers[flow::Above].type = 1; }, "ops");
  refused([](Plan &p) { find(p, SINTER_OP_LOOP).buffer_count = 4; }, "ops");
  refused([](Plan &p) { find(p, SINTER_OP_LOOP).results = UINT32_MAX; }, "ops");
  refused([](Plan &p) { find(p, SINTER_OP_LOOP).symbol_count = 0; }, "ops");
  refused([](Plan &p) { find(p, SINTER_OP_LOOP).extent = 9999; }, "ops");
  refused([](Plan &p) { p.buffers[flow::Carry].kind = SINTER_BUFFER_DYNAMIC; },
          "ops");
  refused([](Plan &p) { p.buffers[flow::N].type = 1; }, "inputs");
  refused([](Plan &p) { find(p, SINTER_OP_BIND).symbol_count = 0; }, "ops");
  refused([](Plan &p) { find(p, SINTER_OP_APPEND).buffer_count = 1; }, "ops");
  refused([](Plan &p) { find(p, SINTER_OP_LAUNCH).results = 9; }, "ops");
  // Symbols of inputs are not bound by ops.
  refused([](Plan &p) { p.symbols[flow::T].origin = SINTER_SYMBOL_INPUT; },
          "ops");
  refused([](Plan &p) { p.symbols[flow::T].origin = 2; }, "symbols");
  // Storage.
  refused([](Plan &p) { p.buffers[flow::List].offset = 12; }, "buffers");
  refused([](Plan &p) { p.buffers[flow::List].offset = INT64_MAX; }, "buffers");
  refused([](Plan &p) { p.buffers[flow::Head].offset = flow::Head; },
          "buffers");
  refused([](Plan &p) { p.buffers[flow::Head].offset_expr = SINTER_NONE; },
          "buffers");
  refused(
      [](Plan &p) {
        p.buffers[flow::Above].size_expr = p.buffers[flow::Made].size_expr;
      },
      "buffers");
}

TEST_CASE("plans that write where they may not are refused") {
  using flow::Plan;
  // Not to the caller's inputs, nor to a part of them.
  auto writes = [](uint32_t kind, uint32_t buffer) {
    refused(
        [=](Plan &p) {
          const sinter_op &op = find(p, kind);
          p.indices[op.buffers + op.buffer_count - 1] = buffer;
        },
        "blocks");
  };
  writes(SINTER_OP_LAUNCH, flow::X);
  writes(SINTER_OP_COPY, flow::X);
  writes(SINTER_OP_COPY, flow::Carry);
  refused(
      [](Plan &p) {
        p.buffers[flow::Head].offset = flow::X;
        const sinter_op &op = find(p, SINTER_OP_COPY);
        p.indices[op.buffers + 1] = flow::Head;
      },
      "blocks");
  // There are no inputs yet when a model is loaded.
  refused([](Plan &p) { p.blocks[flow::Init] = {0, 1, SINTER_NONE, 0}; },
          "blocks");
}

TEST_CASE("regions that nest too deeply are refused") {
  auto nested = [](uint32_t depth) {
    return read([=](flow::Plan &p) {
      p.ops.clear();
      p.blocks.clear();
      p.block();
      for (uint32_t block = 1; block <= depth; ++block) {
        sinter_op &loop = p.op(SINTER_OP_LOOP, {});
        loop.extent = p.constant(0);
        loop.symbols = p.list({flow::I});
        loop.symbol_count = 1;
        loop.blocks[0] = block + 1;
        p.block();
      }
      p.block();
    });
  };
  CHECK(nested(SINTER_MAX_DEPTH) == "");
  CHECK(nested(SINTER_MAX_DEPTH + 1) != "");
}
