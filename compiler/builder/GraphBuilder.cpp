// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Compilation.h"
#include "compiler/builder/Impl.h"
#include "compiler/onnx/BlobKeyStore.h"
#include "compiler/onnx/ElementTypes.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter {
namespace {

void loadDialects(MLIRContext &context) {
  context.loadDialect<func::FuncDialect, graph::GraphDialect,
                      kernel::KernelDialect>();
}

} // namespace

GraphBuilder::Impl::Impl() {
  loadDialects(context);
  Location loc = builder.getUnknownLoc();
  module = ModuleOp::create(loc);
  builder.setInsertionPointToStart(module->getBody());
  main = func::FuncOp::create(builder, loc, "main",
                              builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(main.addEntryBlock());
}

Expected<mlir::Value, Diagnostic>
GraphBuilder::Impl::unwrap(const ValueOrError &value) const {
  if (!value)
    return value.error();
  if (value->builder != this || !value->handle)
    return publicError(makeError<errors::E0320>());
  auto result = mlir::Value::getFromOpaquePointer(value->handle);
  Region *region = result.getParentRegion();
  if (region != &mlir::func::FuncOp(main).getBody() &&
      !llvm::is_contained(open, region))
    return publicError(makeError<errors::E0325>());
  return result;
}

Result<graph::DimAttr> GraphBuilder::Impl::dim(const Dim &dim) {
  DiagnosticScope diagnostics(context);
  Attribute parsed = parseAttribute("#graph.dim<" + dim.text() + ">", &context);
  if (auto result = dyn_cast_if_present<graph::DimAttr>(parsed))
    return result;
  return makeError<errors::E0321>(dim.text(), diagnostics.message());
}

Result<SmallVector<graph::DimAttr>>
GraphBuilder::Impl::dims(const std::vector<Dim> &list) {
  SmallVector<graph::DimAttr> results;
  for (const Dim &entry : list) {
    Result<graph::DimAttr> result = dim(entry);
    if (!result)
      return std::move(result).error();
    results.push_back(*result);
  }
  return results;
}

NameLoc GraphBuilder::Impl::nextLocation(llvm::StringRef op) {
  std::string name = label;
  if (name.empty())
    name = (op + "_" + llvm::Twine(unlabelled++)).str();
  return NameLoc::get(builder.getStringAttr(name));
}

TypeAttr GraphBuilder::Impl::attribute(ElementType type) {
  auto number = static_cast<int32_t>(type);
  if (Type element = onnx::elementType(&context, number))
    return TypeAttr::get(element);
  badAttribute = makeError<errors::E0324>(number);
  return {};
}

graph::DimAttr GraphBuilder::Impl::attribute(const Dim &value) {
  Result<graph::DimAttr> result = dim(value);
  if (result)
    return *result;
  badAttribute = std::move(result).error();
  return {};
}

ArrayAttr GraphBuilder::Impl::attribute(const std::vector<Dim> &list) {
  Result<SmallVector<graph::DimAttr>> results = dims(list);
  if (results)
    return builder.getArrayAttr(
        SmallVector<Attribute>(results->begin(), results->end()));
  badAttribute = std::move(results).error();
  return {};
}

ValueOrError GraphBuilder::Impl::addConstant(ElementType type,
                                             const std::vector<int64_t> &dims,
                                             std::span<const std::byte> bytes,
                                             bool isView) {
  auto number = static_cast<int32_t>(type);
  Type element = onnx::elementType(&context, number);
  if (!element)
    return publicError(makeError<errors::E0324>(number));
  SmallVector<graph::DimAttr> shape;
  uint64_t elements = 1;
  bool overflows = false;
  for (int64_t dim : dims) {
    bool isTooLarge = false;
    elements = llvm::SaturatingMultiply<uint64_t>(elements, dim, &isTooLarge);
    overflows |= isTooLarge || dim < 0;
    shape.push_back(graph::DimAttr::constant(&context, dim));
  }
  uint64_t size = (element.getIntOrFloatBitWidth() + 7) / 8;
  uint64_t needed = llvm::SaturatingMultiply(elements, size, &overflows);
  if (overflows || needed != bytes.size())
    return publicError(
        makeError<errors::E0323>(elements, number, needed, bytes.size()));
  onnx::BlobKey key{};
  if (isView) {
    auto [entry, isNew] = views.try_emplace({bytes.data(), bytes.size()}, key);
    if (isNew)
      entry->second = blobs.addView(bytes);
    key = entry->second;
  } else {
    key = blobs.addOwned({bytes.begin(), bytes.end()});
  }
  return wrap(graph::ConstantOp::create(
      builder, nextLocation("constant"), graph::tensorType(shape, element),
      onnx::BlobKeyStore::keyOf(&context, key)));
}

GraphBuilder::GraphBuilder() : impl(std::make_unique<Impl>()) {}
GraphBuilder::~GraphBuilder() = default;
GraphBuilder::GraphBuilder(GraphBuilder &&) noexcept = default;
GraphBuilder &GraphBuilder::operator=(GraphBuilder &&) noexcept = default;

ValueOrError GraphBuilder::input(const std::string &name,
                                 const TensorType &type) {
  auto number = static_cast<int32_t>(type.element);
  Type element = onnx::elementType(&impl->context, number);
  if (!element)
    return publicError(makeError<errors::E0210>(name, number));
  Result<SmallVector<graph::DimAttr>> dims = impl->dims(type.dims);
  if (!dims)
    return publicError(std::move(dims).error());
  for (auto [index, dim] : llvm::enumerate(*dims))
    if (dim.getConstant() && *dim.getConstant() < 0)
      return publicError(
          makeError<errors::E0211>(name, index, *dim.getConstant()));
  RankedTensorType tensor = graph::tensorType(*dims, element);
  if (failed(onnx::bytesOf(tensor)))
    return publicError(makeError<errors::E0216>(name, graph::toString(*dims)));
  if (!impl->inputNames.insert(name).second)
    return publicError(makeError<errors::E0208>(name));
  unsigned index = impl->main.getNumArguments();
  if (failed(impl->main.insertArgument(index, tensor, {},
                                       impl->builder.getUnknownLoc())))
    return publicError(makeError<errors::E0303>("no room for an input"));
  impl->main.setArgAttr(index, "graph.name", impl->builder.getStringAttr(name));
  return impl->wrap(impl->main.getArgument(index));
}

Expected<Unit, Diagnostic> GraphBuilder::output(const std::string &name,
                                                const ValueOrError &value) {
  Expected<mlir::Value, Diagnostic> result = impl->unwrap(value);
  if (!result)
    return result.error();
  if (!impl->outputNames.insert(name).second)
    return publicError(makeError<errors::E0208>(name));
  impl->outputs.push_back({name, *result});
  return Unit{};
}

ValueOrError GraphBuilder::constant(ElementType type,
                                    const std::vector<int64_t> &dims,
                                    std::span<const std::byte> bytes) {
  return impl->addConstant(type, dims, bytes, /*isView=*/false);
}

ValueOrError GraphBuilder::constantView(ElementType type,
                                        const std::vector<int64_t> &dims,
                                        std::span<const std::byte> bytes) {
  return impl->addConstant(type, dims, bytes, /*isView=*/true);
}

ValueOrError GraphBuilder::scalar(ElementType type, double value) {
  auto number = static_cast<int32_t>(type);
  Type element = onnx::elementType(&impl->context, number);
  if (!element)
    return publicError(makeError<errors::E0324>(number));
  return constant(type, {}, onnx::bytesOf(value, element));
}

Expected<TensorType, Diagnostic>
GraphBuilder::typeOf(const ValueOrError &value) const {
  Expected<mlir::Value, Diagnostic> result = impl->unwrap(value);
  if (!result)
    return result.error();
  TensorType type;
  type.element =
      static_cast<ElementType>(onnx::dataTypeOf(getElementTypeOrSelf(*result)));
  FailureOr<SmallVector<graph::DimAttr>> dims =
      graph::dimsOf(result->getType());
  for (graph::DimAttr dim : *dims) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    graph::printDim(stream, dim);
    type.dims.push_back(Dim(std::move(text), dim.getTerms().size() > 1));
  }
  return type;
}

void GraphBuilder::setLabel(const std::string &label) { impl->label = label; }

/// A copy with its outputs returned, as the importer makes it.
OwningOpRef<ModuleOp> GraphBuilder::Impl::finished() const {
  IRMapping mapping;
  OwningOpRef<ModuleOp> copy(
      cast<ModuleOp>(ModuleOp(module.get())->clone(mapping)));
  auto function = copy->lookupSymbol<func::FuncOp>("main");
  OpBuilder end = OpBuilder::atBlockEnd(&function.getBody().front());
  SmallVector<mlir::Value> results;
  SmallVector<Type> types;
  for (const auto &[name, value] : outputs) {
    results.push_back(mapping.lookup(value));
    types.push_back(value.getType());
  }
  func::ReturnOp::create(end, end.getUnknownLoc(), results);
  function.setType(end.getFunctionType(function.getArgumentTypes(), types));
  for (auto [index, output] : llvm::enumerate(outputs))
    function.setResultAttr(index, "graph.name",
                           end.getStringAttr(output.first));
  return copy;
}

std::string GraphBuilder::text() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  impl->finished()->print(stream);
  return text;
}

CompileResult GraphBuilder::compile(
    const std::string &output, const CompileOptions &options,
    const std::function<void(const std::string &stage)> &progress) const {
  // Folded constants go to a store of their own.
  onnx::BlobStore blobs;
  Compilation compilation(output, options);
  compilation.import = [&](Compilation &compilation) -> Status {
    if (impl->outputs.empty())
      return makeError<errors::E0322>();
    const CompileOptions &options = compilation.options;
    if (!options.shapes.empty() || !options.dims.empty() ||
        !options.outputs.empty() || !options.overridable.empty())
      return makeError<errors::E0335>(
          "an option for shapes, dims, outputs or overridable initializers");
    std::string bytecode;
    llvm::raw_string_ostream stream(bytecode);
    loadDialects(compilation.context);
    DiagnosticScope diagnostics(compilation.context);
    if (failed(writeBytecodeToFile(*impl->finished(), stream)))
      return makeError<errors::E0303>("the graph has no bytecode");
    compilation.module =
        parseSourceString<ModuleOp>(bytecode, &compilation.context);
    if (!compilation.module)
      return diagnostics.error();
    for (uint64_t key = 0; key < impl->blobs.size(); ++key)
      blobs.addView(impl->blobs.bytes(onnx::BlobKey(key)));
    compilation.blobs = &blobs;
    return Success();
  };
  return runPipeline(compilation, progress);
}

} // namespace sinter
