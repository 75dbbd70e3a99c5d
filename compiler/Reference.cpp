// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Reference.h"

#include "compiler/DiagnosticScope.h"
#include "compiler/onnx/BlobKeyStore.h"
#include "compiler/onnx/Importer.h"
#include "dialects/graph/Regions.h"
#include "dialects/graph/ops/Bind.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/graph/ops/Slice.h"
#include "dialects/kernel/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/PassManager.h"
#include "passes/graph/Passes.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::kernel::StageProgram;
using sinter::kernel::TensorBytes;

namespace sinter {

struct Reference::Impl {
  onnx::LoadedModel model;
  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;
  std::vector<Value> values;

  explicit Impl(onnx::LoadedModel model) : model(std::move(model)) {}
  func::FuncOp main() { return module->lookupSymbol<func::FuncOp>("main"); }
};

namespace {

using Tensors = std::vector<std::pair<std::string, ReferenceTensor>>;

ArrayRef<char> charsOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// Evaluates the ops of a function in their order. A tensor that is known from
/// elsewhere takes the place of its value once that is reported.
class Evaluator {
public:
  Evaluator(func::FuncOp main, const Tensors &inputs, uint64_t budget)
      : budget(budget), store(graph::ConstantStore::of(main.getContext())) {
    for (auto [index, argument] : llvm::enumerate(main.getArguments())) {
      auto name = main.getArgAttrOfType<StringAttr>(index, "graph.name");
      for (const auto &[input, tensor] : inputs)
        if (name && name.getValue() == input)
          setKnown(argument, tensor);
    }
  }

  /// The value's tensor is that of its run, and sizes are its dims.
  void setKnown(mlir::Value value, const ReferenceTensor &tensor) {
    problems.erase(value);
    tensors[value] = {SmallVector<int64_t>(ArrayRef(tensor.dims)),
                      charsOf(tensor.bytes)};
    auto dims = graph::dimsOf(value.getType());
    if (succeeded(dims) && dims->size() == tensor.dims.size())
      for (auto [dim, size] : llvm::zip_equal(*dims, tensor.dims))
        if (llvm::StringRef symbol = graph::symbolOf(dim); !symbol.empty())
          sizes[symbol] = size;
  }

  void run(Operation &op);
  Reference::Outcome outcomeOf(mlir::Value value) const;

private:
  struct Entry {
    SmallVector<int64_t> dims;
    ArrayRef<char> bytes;
  };

  const Entry *entryOf(mlir::Value value) const {
    auto found = tensors.find(value);
    return found == tensors.end() ? nullptr : &found->second;
  }
  std::optional<int64_t> sizeOf(llvm::StringRef symbol) const {
    auto found = sizes.find(symbol);
    return found == sizes.end() ? std::nullopt
                                : std::optional<int64_t>(found->second);
  }
  std::optional<SmallVector<int64_t>> dimsOf(mlir::Value value) const;
  bool readAll(ValueRange values, SmallVector<TensorBytes> &to) const;
  std::string stage(kernel::StageOp op);
  std::string slice(graph::SliceOp op);
  std::string constant(graph::ConstantOp op);
  std::string reshape(graph::ReshapeOp op);
  std::string bind(graph::BindOp op);
  std::string evaluate(Operation &op);

  uint64_t budget;
  graph::ConstantStore *store;
  llvm::DenseMap<mlir::Value, Entry> tensors;
  llvm::DenseMap<mlir::Value, std::string> problems;
  llvm::StringMap<int64_t> sizes;
  std::vector<std::unique_ptr<std::vector<char>>> memory;
};

std::optional<SmallVector<int64_t>> Evaluator::dimsOf(mlir::Value value) const {
  SmallVector<int64_t> result;
  auto dims = graph::dimsOf(value.getType());
  if (failed(dims))
    return std::nullopt;
  for (graph::DimAttr dim : *dims) {
    auto size = graph::evaluate(
        dim, [&](llvm::StringRef symbol) { return sizeOf(symbol); });
    if (failed(size))
      return std::nullopt;
    result.push_back(*size);
  }
  return result;
}

bool Evaluator::readAll(ValueRange values, SmallVector<TensorBytes> &to) const {
  for (mlir::Value value : values) {
    const Entry *entry = entryOf(value);
    if (!entry)
      return false;
    to.push_back({entry->dims, entry->bytes});
  }
  return true;
}

constexpr const char *noOperand = "what it is made of could not be evaluated";
constexpr const char *noSize = "its size is not known";

std::string Evaluator::stage(kernel::StageOp op) {
  SmallVector<TensorBytes> inputs, operands;
  if (!readAll(op.getInputs(), inputs) || !readAll(op.getTables(), operands))
    return noOperand;
  auto sizeOfSymbol = [&](llvm::StringRef symbol) { return sizeOf(symbol); };
  auto program = StageProgram::compile(op);
  if (!program)
    return llvm::toString(program.takeError());
  auto extents = program->extents(sizeOfSymbol);
  if (!extents)
    return llvm::toString(extents.takeError());
  uint64_t points = 1; // extents() has checked their product
  for (int64_t extent : *extents)
    points *= static_cast<uint64_t>(extent);
  if (points > budget)
    return "it takes too many steps of the interpreter";
  budget -= points;
  auto dims = dimsOf(op.getOutput());
  uint64_t bytes =
      *kernel::storageSize(getElementTypeOrSelf(op.getOutput().getType()));
  for (int64_t dim : *dims)
    bytes *= static_cast<uint64_t>(dim);
  auto output = std::make_unique<std::vector<char>>(bytes);
  if (llvm::Error error = program->run(inputs, operands, *output, sizeOfSymbol))
    return llvm::toString(std::move(error));
  tensors[op.getOutput()] = {*dims, *output};
  memory.push_back(std::move(output));
  return {};
}

std::string Evaluator::constant(graph::ConstantOp op) {
  auto bytes = store->bytes(op.getValueAttr());
  auto dims = dimsOf(op.getResult());
  if (!bytes || !dims)
    return noSize;
  tensors[op.getResult()] = {*dims, *bytes};
  return {};
}

std::string Evaluator::reshape(graph::ReshapeOp op) {
  const Entry *input = entryOf(op.getInput());
  if (!input)
    return noOperand;
  auto dims = dimsOf(op.getResult());
  if (!dims)
    return noSize;
  Entry result{*dims, input->bytes};
  tensors[op.getResult()] = std::move(result);
  return {};
}

/// One that lies in one piece; others are stages.
std::string Evaluator::slice(graph::SliceOp op) {
  const Entry *input = entryOf(op.getInput());
  if (!input)
    return noOperand;
  auto dims = dimsOf(op.getResult());
  auto element = kernel::storageSize(getElementTypeOrSelf(op.getType()));
  auto first =
      graph::evaluate(*op.getContiguousStart(),
                      [&](llvm::StringRef symbol) { return sizeOf(symbol); });
  if (!dims || !element || failed(first))
    return noSize;
  int64_t bytes = *element, begin = 0;
  for (int64_t dim : *dims)
    if (llvm::MulOverflow(bytes, dim, bytes))
      return noSize;
  auto limit = static_cast<int64_t>(input->bytes.size());
  if (llvm::MulOverflow(*first, *element, begin) || begin < 0 || bytes < 0 ||
      begin > limit || bytes > limit - begin)
    return "it is outside of its input";
  Entry result{*dims, input->bytes.slice(begin, bytes)};
  tensors[op.getResult()] = std::move(result);
  return {};
}

std::string Evaluator::bind(graph::BindOp op) {
  const Entry *value = entryOf(op.getValue());
  int64_t size = 0;
  if (!value || value->bytes.size() != sizeof(size))
    return noOperand;
  std::memcpy(&size, value->bytes.data(), sizeof(size));
  sizes[op.getSymbol()] = size;
  return {};
}

std::string Evaluator::evaluate(Operation &op) {
  return llvm::TypeSwitch<Operation *, std::string>(&op)
      .Case([&](kernel::StageOp op) { return stage(op); })
      .Case([&](graph::ConstantOp op) { return constant(op); })
      .Case([&](graph::ReshapeOp op) { return reshape(op); })
      .Case([&](graph::SliceOp op) { return slice(op); })
      .Case([&](graph::BindOp op) { return bind(op); })
      .Default([](Operation *op) {
        return op->getNumRegions() != 0
                   ? std::string("it has control flow")
                   : "the interpreter has no " +
                         op->getName().stripDialect().str();
      });
}

void Evaluator::run(Operation &op) {
  std::string problem = evaluate(op);
  if (!problem.empty())
    for (mlir::Value result : op.getResults())
      problems[result] = problem;
}

Reference::Outcome Evaluator::outcomeOf(mlir::Value value) const {
  if (const Entry *entry = entryOf(value))
    return {std::vector<int64_t>(entry->dims.begin(), entry->dims.end()),
            std::vector<char>(entry->bytes.begin(), entry->bytes.end()),
            {}};
  auto found = problems.find(value);
  return {{}, {}, found == problems.end() ? noOperand : found->second};
}

} // namespace

Reference::Reference(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Reference::Reference(Reference &&) noexcept = default;
Reference::~Reference() = default;

Result<Reference> Reference::import(const std::string &path) {
  Result<onnx::LoadedModel> model = onnx::loadModel(path);
  if (!model)
    return std::move(model).error();
  auto impl = std::make_unique<Impl>(std::move(*model));
  onnx::ImportedGraph graph =
      onnx::importGraph(impl->model, impl->context, /*keepsAll=*/true);
  if (!graph.module)
    return std::move(graph.errors.front());
  impl->module = std::move(graph.module);
  onnx::BlobKeyStore::attach(impl->context, impl->model.blobs);
  PassManager passes(&impl->context);
  passes.addNestedPass<func::FuncOp>(graph::createDecomposeToStages());
  DiagnosticScope diagnostics(impl->context);
  if (failed(passes.run(*impl->module)))
    return diagnostics.error();
  func::FuncOp main = impl->main();
  for (unsigned index = 0; index < main.getNumResults(); ++index) {
    auto text = [&](const char *key) {
      return main.getResultAttrOfType<StringAttr>(index, key).str();
    };
    impl->values.push_back(
        {text("graph.name"), text("graph.node"), text("graph.op")});
  }
  return Reference(std::move(impl));
}

std::span<const Reference::Value> Reference::values() const {
  return impl->values;
}

void Reference::evaluate(
    const Tensors &inputs, std::span<const ReferenceTensor> known,
    uint64_t budget,
    const std::function<bool(size_t, const Outcome &)> &report) const {
  func::FuncOp main = impl->main();
  Block &block = main.getBody().front();
  Evaluator evaluator(main, inputs, budget);
  auto op = block.begin();
  // Results are in the order of the ops, but for those of no op of their own.
  for (auto [index, value] :
       llvm::enumerate(block.getTerminator()->getOperands())) {
    Operation *last = value.getDefiningOp();
    if (last && (op == block.end() || !last->isBeforeInBlock(&*op)))
      for (bool isDone = false; !isDone && &*op != block.getTerminator();
           ++op) {
        evaluator.run(*op);
        isDone = &*op == last;
      }
    if (!report(index, evaluator.outcomeOf(value)))
      return;
    evaluator.setKnown(value, known[index]);
  }
}

} // namespace sinter
