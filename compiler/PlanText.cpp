// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/PlanView.h"
#include <algorithm>
#include <fmt/format.h>

namespace sinter {
namespace {

using TypeName = std::function<std::string(int32_t)>;

class Printer {
public:
  Printer(const PlanView &plan, const TypeName &typeName)
      : plan(plan), typeName(typeName) {}

  std::string print();

private:
  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args &&...args) {
    text += "// " + fmt::format(format, std::forward<Args>(args)...);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  void values(const char *title, std::span<const sinter_value_info> values);
  void symbols();
  void buffers();
  void block(uint32_t number);
  std::string place(const sinter_buffer &buffer) const;
  std::string operands(const sinter_op &op) const;
  std::string details(const sinter_op &op) const;
  std::string list(uint32_t first, uint32_t count) const;

  const PlanView &plan;
  const TypeName &typeName;
  std::string text;
};

void Printer::values(const char *title,
                     std::span<const sinter_value_info> values) {
  line("{}", title);
  for (const sinter_value_info &value : values)
    line("  {}: {}{} in buffer {}", plan.text(value.name),
         typeName(int32_t(value.type)), plan.shape(value.dims, value.rank),
         value.buffer);
}

void Printer::symbols() {
  if (!plan.symbols().empty())
    line("symbols");
  for (const sinter_symbol &symbol : plan.symbols()) {
    const std::string high = symbol.high == INT64_MAX
                                 ? " or more"
                                 : fmt::format(" to {}", symbol.high);
    line("  {}: {}{}, {}", plan.text(symbol.name), symbol.low, high,
         symbol.origin == SINTER_SYMBOL_INPUT ? "of inputs" : "of the run");
  }
}

std::string Printer::place(const sinter_buffer &buffer) const {
  const std::string at = buffer.offset_expr == SINTER_NONE
                             ? std::string()
                             : plan.formula(buffer.offset_expr);
  switch (buffer.kind) {
  case SINTER_BUFFER_INPUT:
    return fmt::format("input {}", buffer.offset);
  case SINTER_BUFFER_OUTPUT:
    return fmt::format("output {}", buffer.offset);
  case SINTER_BUFFER_WEIGHT:
    return fmt::format("weights at {}", buffer.offset);
  case SINTER_BUFFER_ARENA:
    return "arena at " + at;
  case SINTER_BUFFER_MODEL:
    return fmt::format("model memory at {}", buffer.offset);
  case SINTER_BUFFER_DYNAMIC:
    return fmt::format("slab {}", buffer.offset);
  case SINTER_BUFFER_VIEW:
    return fmt::format("buffer {} at {}", buffer.offset, at);
  default:
    return fmt::format("carried in slab {}", buffer.offset);
  }
}

void Printer::buffers() {
  // The first and last op that names a buffer, or a view of it.
  constexpr size_t never = SIZE_MAX;
  std::vector<std::pair<size_t, size_t>> uses(plan.buffers().size(),
                                              {never, 0});
  for (size_t op = 0; op < plan.ops().size(); ++op) {
    auto use = [&](uint64_t buffer) {
      uses[buffer].first = std::min(uses[buffer].first, op);
      uses[buffer].second = op;
    };
    for (uint32_t number :
         plan.list(plan.ops()[op].buffers, plan.ops()[op].buffer_count)) {
      use(number);
      const sinter_buffer &buffer = plan.buffers()[number];
      if (buffer.kind == SINTER_BUFFER_VIEW)
        use(uint64_t(buffer.offset));
    }
  }
  line("buffers: type, bytes, place, ops between which they are in use");
  for (size_t i = 0; i < uses.size(); ++i) {
    const sinter_buffer &buffer = plan.buffers()[i];
    const std::string life =
        uses[i].first == never
            ? "not used"
            : fmt::format("ops {} to {}", uses[i].first, uses[i].second);
    line("  {:>4}  {}{}, {} B, {}, {}", i, typeName(int32_t(buffer.type)),
         plan.shape(buffer.dims, buffer.rank), plan.formula(buffer.size_expr),
         place(buffer) +
             (buffer.memory == SINTER_MEMORY_DEVICE ? " of the device" : ""),
         life);
  }
}

std::string Printer::list(uint32_t first, uint32_t count) const {
  return fmt::format("{}", fmt::join(plan.list(first, count), ", "));
}

/// "1, 2 -> 3": what is read, and what is written.
std::string Printer::operands(const sinter_op &op) const {
  uint32_t written = 0;
  switch (op.kind) {
  case SINTER_OP_LAUNCH:
  case SINTER_OP_DEVICE_LAUNCH:
    written = op.results;
    break;
  case SINTER_OP_COPY:
  case SINTER_OP_APPEND:
    written = 1;
    break;
  case SINTER_OP_PLACE:
    written = op.buffer_count;
    break;
  default:
    return list(op.buffers, op.buffer_count);
  }
  const uint32_t read = op.buffer_count - written;
  return list(op.buffers, read) + (read ? " -> " : "-> ") +
         list(op.buffers + read, written);
}

std::string Printer::details(const sinter_op &op) const {
  std::vector<std::string> parts;
  std::vector<std::string> sizes;
  for (uint32_t expr : plan.list(op.sizes, op.size_count))
    sizes.push_back(plan.formula(expr));
  if (op.kind == SINTER_OP_GUARD && sizes.size() == 2)
    parts.push_back(sizes[0] + " = " + sizes[1]);
  else if (!sizes.empty())
    parts.push_back(fmt::format("sizes {}", fmt::join(sizes, " ")));
  if (op.extent != SINTER_NONE)
    parts.push_back("over " + plan.formula(op.extent));
  if (op.kind == SINTER_OP_LAUNCH && op.grain != 1)
    parts.push_back(fmt::format("grain {}", op.grain));
  if (op.scratch != SINTER_NONE)
    parts.push_back("scratch " + plan.formula(op.scratch) + " B");
  for (uint32_t symbol : plan.list(op.symbols, op.symbol_count))
    parts.push_back(
        fmt::format("sets {}", plan.text(plan.symbols()[symbol].name)));
  for (uint32_t block : op.blocks)
    if (block != SINTER_NONE)
      parts.push_back("block " + PlanView::blockName(block));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void Printer::block(uint32_t number) {
  const sinter_block &block = plan.blocks()[number];
  line("block {}{}", PlanView::blockName(number),
       block.arena_expr == SINTER_NONE
           ? std::string()
           : ", arena " + plan.formula(block.arena_expr) + " B");
  for (uint32_t i = block.first; i < block.first + block.count; ++i) {
    const sinter_op &op = plan.ops()[i];
    std::string name = PlanView::opName(op.kind);
    if (op.kind == SINTER_OP_LAUNCH || op.kind == SINTER_OP_DEVICE_LAUNCH)
      name += fmt::format(" kernel_{}", op.kernel);
    if (*plan.text(op.text))
      name += fmt::format(" '{}'", plan.text(op.text));
    const std::string buffers = operands(op), more = details(op);
    line("  {:>4}  {}{}{}{}{}", i, name, buffers.empty() ? "" : "  ", buffers,
         more.empty() ? "" : "  ", more);
  }
}

std::string Printer::print() {
  values("inputs", plan.inputs());
  values("outputs", plan.outputs());
  symbols();
  buffers();
  if (plan.modelBytes() != 0)
    line("model memory {} B", plan.modelBytes());
  for (uint32_t number = 0; number < plan.blocks().size(); ++number)
    block(number);
  return std::move(text);
}

} // namespace

std::string planText(const PlanView &plan, const TypeName &typeName) {
  return Printer(plan, typeName).print();
}

} // namespace sinter
