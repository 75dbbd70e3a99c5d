// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates functions of graph ops, given as text.
#pragma once

#include <catch2/catch.hpp>

#include "dialects/graph/Ops.h"
#include "dialects/kernel/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <random>

namespace sinter::test {

using namespace mlir;
using namespace sinter::kernel;
using Bytes = std::vector<char>;
using Sizes = std::map<std::string, int64_t>;

template <typename T> Bytes bytesOf(const std::vector<T> &values) {
  const char *first = reinterpret_cast<const char *>(values.data());
  return Bytes(first, first + values.size() * sizeof(T));
}

template <typename T> std::vector<T> valuesOf(const Bytes &bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy(bytes.begin(), bytes.end(),
            reinterpret_cast<char *>(values.data()));
  return values;
}

template <typename T>
std::vector<T> randomValues(size_t count, double low = -3, double high = 3) {
  static std::mt19937 random(11);
  std::uniform_real_distribution<double> values(low, high);
  std::vector<T> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(static_cast<T>(values(random)));
  return result;
}

class Evaluator {
public:
  Evaluator() {
    context.loadDialect<func::FuncDialect, sinter::graph::GraphDialect,
                        KernelDialect>();
  }

  /// Evaluates a function of graph ops on the bytes of its arguments.
  Bytes run(const std::string &source, std::vector<Bytes> arguments,
            const Sizes &sizes = {}) {
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(source, &context);
    REQUIRE(module);
    auto function = *module->getOps<func::FuncOp>().begin();
    SmallVector<sinter::graph::StageInterface> ops;
    function.walk([&](sinter::graph::StageInterface op) { ops.push_back(op); });
    for (sinter::graph::StageInterface op : ops) {
      OpBuilder builder(op);
      op->replaceAllUsesWith(op.buildStages(builder));
      op->erase();
    }
    REQUIRE(succeeded(module->verify()));
    values.clear();
    for (auto [argument, bytes] :
         llvm::zip_equal(function.getArguments(), arguments))
      values[argument] = bytes;
    auto sizeOf = [&](llvm::StringRef name) -> std::optional<int64_t> {
      auto it = sizes.find(name.str());
      return it == sizes.end() ? std::nullopt : std::optional(it->second);
    };
    function.walk([&](StageOp stage) { evaluate(stage, sizeOf); });
    Operation *end = function.getBody().front().getTerminator();
    return values.at(end->getOperand(0));
  }

  std::string error;

private:
  void evaluate(StageOp stage, StageProgram::SizeOf sizeOf) {
    llvm::Expected<StageProgram> program = StageProgram::compile(stage);
    if (!program) {
      error = llvm::toString(program.takeError());
      values[stage.getOutput()] = {};
      return;
    }
    std::deque<SmallVector<int64_t>> shapes;
    auto tensors = [&](ValueRange operands) {
      SmallVector<TensorBytes> result;
      for (Value operand : operands) {
        SmallVector<int64_t> &shape = shapes.emplace_back();
        auto dims = sinter::graph::dimsOf(operand.getType());
        for (sinter::graph::DimAttr dim : *dims)
          shape.push_back(*sinter::graph::evaluate(dim, sizeOf));
        result.push_back({shape, values.at(operand)});
      }
      return result;
    };
    RankedTensorType type = stage.getOutput().getType();
    int64_t size = *storageSize(type.getElementType());
    auto dims = sinter::graph::dimsOf(type);
    for (sinter::graph::DimAttr dim : *dims)
      size *= *sinter::graph::evaluate(dim, sizeOf);
    Bytes output(size);
    llvm::Error failure = program->run(
        tensors(stage.getInputs()), tensors(stage.getTables()), output, sizeOf);
    error = failure ? llvm::toString(std::move(failure)) : "";
    values[stage.getOutput()] = output;
  }

  MLIRContext context;
  llvm::DenseMap<Value, Bytes> values;
};

/// `@f` with one op: `(%a: A, %b: B) -> R { op : A, B -> R }`.
inline std::string function(const std::string &op, const std::string &a,
                            const std::string &b, const std::string &result) {
  std::string arguments = "%a: " + a + (b.empty() ? "" : ", %b: " + b);
  std::string types = a + (b.empty() ? "" : ", " + b);
  return "func.func @f(" + arguments + ") -> " + result + " {\n  %0 = " + op +
         " : " + types + " -> " + result + "\n  return %0 : " + result + "\n}";
}

inline std::string tensor(const std::string &shape, const std::string &element,
                          const std::string &dims) {
  return "tensor<" + shape + "x" + element + ", #graph.type<[" + dims + "]>>";
}

} // namespace sinter::test
