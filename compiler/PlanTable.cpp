// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/PlanTable.h"

using namespace mlir;
using llvm::ArrayRef;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter {
namespace {

uint32_t codeOf(DimFunction function) {
  switch (function) {
  case DimFunction::FloorDiv:
    return SINTER_SIZE_FLOORDIV;
  case DimFunction::CeilDiv:
    return SINTER_SIZE_CEILDIV;
  case DimFunction::Mod:
    return SINTER_SIZE_MOD;
  case DimFunction::Min:
    return SINTER_SIZE_MIN;
  case DimFunction::Max:
    return SINTER_SIZE_MAX;
  case DimFunction::Bcast:
    return SINTER_SIZE_BCAST;
  }
  return SINTER_SIZE_CONST;
}

template <typename T>
sinter_table append(std::vector<char> &bytes, const std::vector<T> &entries) {
  bytes.resize((bytes.size() + 7) / 8 * 8);
  sinter_table table{bytes.size(), entries.size()};
  const char *data = reinterpret_cast<const char *>(entries.data());
  bytes.insert(bytes.end(), data, data + entries.size() * sizeof(T));
  return table;
}

} // namespace

uint32_t PlanTable::symbolNumber(llvm::StringRef name) {
  auto [entry, isNew] = symbolNumbers.try_emplace(name, symbols.size());
  if (isNew)
    symbols.push_back({addText(name), 0, 0, INT64_MAX});
  return entry->second;
}

void PlanTable::setRange(llvm::StringRef symbol, int64_t lowest,
                         int64_t highest) {
  if (auto entry = symbolNumbers.find(symbol); entry != symbolNumbers.end()) {
    symbols[entry->second].low = lowest;
    symbols[entry->second].high = highest;
  }
}

/// `depth` values are on the stack already.
bool PlanTable::appendFactor(Attribute factor,
                             std::vector<sinter_size_step> &code,
                             unsigned depth) {
  if (auto symbol = dyn_cast<graph::DimSymbolAttr>(factor)) {
    code.push_back({SINTER_SIZE_SYMBOL, 0, symbolNumber(symbol.getName())});
    return depth < SINTER_MAX_STACK;
  }
  auto call = cast<graph::DimCallAttr>(factor);
  if (!appendCode(cast<DimAttr>(call.getLhs()), code, depth) ||
      !appendCode(cast<DimAttr>(call.getRhs()), code, depth + 1))
    return false;
  code.push_back({codeOf(call.getFunction()), 0, 0});
  return true;
}

bool PlanTable::appendCode(DimAttr dim, std::vector<sinter_size_step> &code,
                           unsigned depth) {
  if (depth >= SINTER_MAX_STACK)
    return false;
  if (std::optional<int64_t> constant = dim.getConstant()) {
    code.push_back({SINTER_SIZE_CONST, 0, *constant});
    return true;
  }
  for (auto [index, term] : llvm::enumerate(dim.getTerms())) {
    unsigned below = depth + (index != 0);
    bool needsCoefficient =
        term.getCoefficient() != 1 || term.getFactors().empty();
    if (needsCoefficient)
      code.push_back({SINTER_SIZE_CONST, 0, term.getCoefficient()});
    for (auto [position, factor] : llvm::enumerate(term.getFactors())) {
      bool multiplies = needsCoefficient || position != 0;
      if (!appendFactor(factor, code, below + multiplies))
        return false;
      if (multiplies)
        code.push_back({SINTER_SIZE_MUL, 0, 0});
    }
    if (index != 0)
      code.push_back({SINTER_SIZE_ADD, 0, 0});
  }
  return true;
}

FailureOr<uint32_t> PlanTable::addExpr(DimAttr dim) {
  auto [entry, isNew] = exprNumbers.try_emplace(dim, exprs.size());
  if (!isNew)
    return entry->second;
  std::vector<sinter_size_step> code;
  if (!appendCode(dim, code, 0))
    return failure();
  return addCode(code);
}

FailureOr<uint32_t> PlanTable::addSum(uint32_t first, DimAttr second) {
  std::vector<sinter_size_step> code = {{SINTER_SIZE_EXPR, 0, first}};
  if (!appendCode(second, code, 1))
    return failure();
  code.push_back({SINTER_SIZE_ADD, 0, 0});
  return addCode(code);
}

uint32_t PlanTable::addCode(ArrayRef<sinter_size_step> code) {
  exprs.push_back({static_cast<uint32_t>(steps.size()),
                   static_cast<uint32_t>(code.size())});
  steps.insert(steps.end(), code.begin(), code.end());
  return exprs.size() - 1;
}

uint32_t PlanTable::addText(llvm::StringRef value) {
  auto [entry, isNew] = textOffsets.try_emplace(value, text.size());
  if (isNew) {
    // A zero byte would end the text early.
    for (char c : value)
      text.push_back(c == 0 ? '?' : c);
    text.push_back(0);
  }
  return entry->second;
}

uint32_t PlanTable::addList(ArrayRef<uint32_t> entries) {
  uint32_t first = indices.size();
  indices.insert(indices.end(), entries.begin(), entries.end());
  return first;
}

std::vector<char> PlanTable::serialize() const {
  std::vector<char> bytes(sizeof(sinter_plan));
  sinter_plan head{};
  head.magic = SINTER_PLAN_MAGIC;
  head.version = SINTER_ABI_VERSION;
  head.struct_size = sizeof(sinter_plan);
  head.model_bytes = modelBytes;
  std::vector<char> texts = text;
  if (texts.empty())
    texts.push_back(0);
  head.text = append(bytes, texts);
  head.indices = append(bytes, indices);
  head.steps = append(bytes, steps);
  head.exprs = append(bytes, exprs);
  head.symbols = append(bytes, symbols);
  head.inputs = append(bytes, inputs);
  head.outputs = append(bytes, outputs);
  head.buffers = append(bytes, buffers);
  head.ops = append(bytes, ops);
  head.blocks = append(bytes, blocks);
  head.reserved = append(bytes, std::vector<uint64_t>());
  memcpy(bytes.data(), &head, sizeof(head));
  return bytes;
}

} // namespace sinter
