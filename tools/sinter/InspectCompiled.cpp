// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Inputs.h"
#include "tools/sinter/Inspect.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Session.h"
#include <fmt/format.h>

namespace sinter::cli {
namespace {

using Json = nlohmann::ordered_json;

Json describeValues(const PlanView &plan,
                    std::span<const sinter_value_info> values) {
  Json list = Json::array();
  for (const sinter_value_info &value : values)
    list.push_back(
        {{"name", plan.text(value.name)}, {"type", typeText(plan, value)}});
  return list;
}

Json describeSymbols(const PlanView &plan) {
  Json list = Json::array();
  for (const sinter_symbol &symbol : plan.symbols()) {
    if (symbol.origin != SINTER_SYMBOL_INPUT)
      continue;
    Json row = {{"name", plan.text(symbol.name)}, {"lowest", symbol.low}};
    if (symbol.high != INT64_MAX)
      row["highest"] = symbol.high;
    list.push_back(row);
  }
  return list;
}

std::string bytesOf(const PlanView &plan, uint32_t expr) {
  return expr == SINTER_NONE ? "0" : plan.formula(expr);
}

/// "host to device" and the like; empty for a copy on the host.
std::string wayOf(const PlanView &plan, const sinter_op &copy) {
  const auto ends = plan.list(copy.buffers, copy.buffer_count);
  auto name = [&](size_t end) {
    const bool isOnDevice =
        plan.buffers()[ends[end]].memory == SINTER_MEMORY_DEVICE;
    return isOnDevice ? "device" : "host";
  };
  const std::string from = name(0), to = name(1);
  return from == "host" && to == "host" ? "" : from + " to " + to;
}

Json describeBlocks(const PlanView &plan) {
  Json list = Json::array();
  for (size_t i = 0; i < plan.blocks().size(); ++i) {
    const sinter_block &block = plan.blocks()[i];
    Json ops = Json::array();
    for (const sinter_op &op : plan.ops().subspan(block.first, block.count))
      ops.push_back(describeOp(plan, op));
    list.push_back({{"name", PlanView::blockName(uint32_t(i))},
                    {"arena", bytesOf(plan, block.arena_expr)},
                    {"ops", ops}});
    if (plan.usesDevice())
      list.back()["device_arena"] = bytesOf(plan, block.device_arena_expr);
  }
  return list;
}

/// "40 B", or the formula.
std::string sizeText(const std::string &formula) {
  if (formula.find_first_not_of("0123456789") != formula.npos)
    return formula + " B";
  return bytesText(std::stod(formula));
}

std::string rangeText(const Json &symbol) {
  const auto low = symbol["lowest"].get<int64_t>();
  if (!symbol.contains("highest"))
    return fmt::format("{} or more", low);
  return fmt::format("{} to {}", low, symbol["highest"].get<int64_t>());
}

std::string opText(const Json &op) {
  std::string text = op["kind"].get<std::string>();
  if (op.contains("kernel"))
    text += fmt::format(" #{}", op["kernel"].get<uint32_t>());
  if (op.contains("way"))
    text += " " + op["way"].get<std::string>();
  return text;
}

void printBlock(const Json &block) {
  const size_t count = block["ops"].size();
  std::string arena = sizeText(block["arena"].get<std::string>());
  if (block.contains("device_arena"))
    arena +=
        " and on the GPU " + sizeText(block["device_arena"].get<std::string>());
  fmt::print("block {}: {} {}, arena {}\n", block["name"].get<std::string>(),
             count, count == 1 ? "op" : "ops", arena);
  Table table;
  for (const Json &op : block["ops"]) {
    std::string extent = op.value("extent", "");
    if (!extent.empty())
      extent = (op["kind"] == "copy" ? "bytes " : "over ") + extent;
    if (op.contains("scratch"))
      extent += ", scratch " + sizeText(op["scratch"].get<std::string>());
    table.add({"  " + opText(op), op.value("text", ""), extent});
  }
  table.print("lll");
}

} // namespace

Json describeOp(const PlanView &plan, const sinter_op &op) {
  Json row = {{"kind", PlanView::opName(op.kind)}};
  if (op.kind == SINTER_OP_LAUNCH || op.kind == SINTER_OP_DEVICE_LAUNCH)
    row["kernel"] = op.kernel;
  if (op.kind == SINTER_OP_COPY)
    if (const std::string way = wayOf(plan, op); !way.empty())
      row["way"] = way;
  if (op.text != SINTER_NONE && *plan.text(op.text))
    row["text"] = plan.text(op.text);
  if (op.extent != SINTER_NONE)
    row["extent"] = plan.formula(op.extent);
  for (uint32_t region : op.blocks)
    if (region != SINTER_NONE)
      row["blocks"].push_back(region);
  if (op.scratch != SINTER_NONE)
    row["scratch"] = plan.formula(op.scratch);
  return row;
}

Result<Json> describeCompiled(const std::string &path) {
  auto session = Session::open(path);
  if (!session)
    return session.error();
  const PlanView plan = session->plan();
  const sinter_model_descriptor &head = session->descriptor();
  Json features = Json::array();
  for (auto *name = head.cpu_features; name && *name; ++name)
    features.push_back(*name);
  const char *external = head.weights_file;
  return Json{{"model", path},
              {"compiler", head.compiler_version},
              {"abi", head.abi_version},
              {"precision", head.precision ? Json(head.precision) : Json()},
              {"inputs", describeValues(plan, plan.inputs())},
              {"outputs", describeValues(plan, plan.outputs())},
              {"symbols", describeSymbols(plan)},
              {"kernels", head.kernel_count},
              {"device", head.device ? Json(head.device) : Json()},
              {"device_kernels", head.device_kernel_count},
              {"weight_bytes", head.weights_length},
              {"weights_file", external ? Json(external) : Json()},
              {"model_bytes", plan.modelBytes()},
              {"cpu_features", features},
              {"blocks", describeBlocks(plan)}};
}

void printCompiled(const Json &model) {
  fmt::print("{}, compiled by {}, ABI {}\n", model["model"].get<std::string>(),
             model["compiler"].get<std::string>(),
             model["abi"].get<uint32_t>());
  if (!model["precision"].is_null())
    fmt::print("precision {}\n", model["precision"].get<std::string>());
  printValues("inputs", model["inputs"]);
  printValues("outputs", model["outputs"]);
  if (!model["symbols"].empty()) {
    Table table;
    fmt::print("symbols\n");
    for (const Json &symbol : model["symbols"])
      table.add({"  " + symbol["name"].get<std::string>(), rangeText(symbol)});
    table.print("ll");
  }
  const Json &external = model["weights_file"];
  fmt::print("{} kernels, {} of weights{}, {} made from them at load\n",
             model["kernels"].get<uint64_t>(),
             bytesText(model["weight_bytes"].get<double>()),
             external.is_null() ? "" : " in " + external.get<std::string>(),
             bytesText(model["model_bytes"].get<double>()));
  if (!model["device"].is_null())
    fmt::print("{} kernels for a GPU of kind {}\n",
               model["device_kernels"].get<uint64_t>(),
               model["device"].get<std::string>());
  fmt::print("CPU features\n");
  printWords(model["cpu_features"].get<std::vector<std::string>>());
  for (const Json &block : model["blocks"])
    printBlock(block);
}

} // namespace sinter::cli
