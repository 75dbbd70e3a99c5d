// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Profile.h"
#include "tools/sinter/Inspect.h"
#include "tools/sinter/Report.h"
#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace sinter::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto longest = std::chrono::seconds(5);
constexpr size_t shown = 10;

/// Of one op, over all runs; an op in a loop runs several times in one.
struct OpTime {
  uint64_t nanoseconds = 0, calls = 0;
};

} // namespace

Result<Json> profileRuns(Session &session, std::span<const Tensor> inputs,
                         size_t runs) {
  const PlanView plan = session.plan();
  std::vector<OpTime> times(plan.ops().size());
  session.setProfile(
      [](void *user, uint32_t op, uint64_t nanoseconds) {
        OpTime &time = (*static_cast<std::vector<OpTime> *>(user))[op];
        time.nanoseconds += nanoseconds;
        ++time.calls;
      },
      &times);
  const auto end = std::chrono::steady_clock::now() + longest;
  size_t done = 0;
  Status status = Success{};
  while (status && done < std::max<size_t>(runs, 1) &&
         (done == 0 || std::chrono::steady_clock::now() < end)) {
    status = session.run(inputs);
    ++done;
  }
  session.setProfile(nullptr, nullptr);
  if (!status)
    return status.error();
  // Ops within others are part of their time.
  double total = 0;
  const sinter_block &main = plan.blocks()[SINTER_BLOCK_MAIN];
  for (uint32_t op = main.first; op < main.first + main.count; ++op)
    total += double(times[op].nanoseconds);
  Json ops = Json::array();
  for (size_t op = 0; op < times.size(); ++op) {
    if (times[op].calls == 0)
      continue;
    Json row = {{"op", op}};
    row.update(describeOp(plan, plan.ops()[op]));
    row["calls"] = double(times[op].calls) / double(done);
    row["mean_us"] = double(times[op].nanoseconds) / double(done) / 1000;
    row["share"] = total > 0 ? double(times[op].nanoseconds) / total : 0.0;
    ops.push_back(row);
  }
  return Json{{"threads", session.threads()},
              {"runs", done},
              {"total_us", total / double(done) / 1000},
              {"ops", ops}};
}

void printProfile(const Json &profile) {
  std::vector<Json> ops(profile["ops"].begin(), profile["ops"].end());
  std::sort(ops.begin(), ops.end(), [](const Json &lhs, const Json &rhs) {
    return lhs["mean_us"].get<double>() > rhs["mean_us"].get<double>();
  });
  const size_t count = std::min(ops.size(), shown);
  fmt::print("{} of {} ops, by time in a run\n", count, ops.size());
  Table table;
  for (size_t i = 0; i < count; ++i) {
    const Json &op = ops[i];
    std::string kind = op["kind"].get<std::string>();
    if (op.contains("kernel"))
      kind += fmt::format(" #{}", op["kernel"].get<uint32_t>());
    table.add({fmt::format("  {:.1f} %", 100 * op["share"].get<double>()),
               timeText(op["mean_us"].get<double>() / 1000), kind,
               op.value("text", "")});
  }
  table.print("rrll");
}

} // namespace sinter::cli
