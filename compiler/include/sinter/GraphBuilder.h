// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds a graph in C++ and compiles it, without a model file. No LLVM headers;
// no exceptions cross it. docs/graph-builder.md has an example.
#pragma once

#include "sinter/Compiler.h"
#include "sinter/Export.h"
#include "sinter/expected.hpp"
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinter {

/// Element types, by their numbers in ONNX TensorProto.DataType.
enum class ElementType : int32_t {
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16
};

/// A dim: a size, a symbol, or an expression of both. A symbol is a
/// non-negative size that is known when the model runs; the same name is the
/// same size everywhere in a graph. An expression that overflows, divides by
/// the constant 0 or grows too large is an error (E0321) where it is used.
class SINTER_COMPILER_API Dim {
public:
  Dim(int64_t size) : expression(std::to_string(size)) {}
  static Dim symbol(std::string_view name);

  friend SINTER_COMPILER_API Dim operator+(const Dim &lhs, const Dim &rhs);
  friend SINTER_COMPILER_API Dim operator-(const Dim &lhs, const Dim &rhs);
  friend SINTER_COMPILER_API Dim operator*(const Dim &lhs, const Dim &rhs);
  /// Quotients, rounded towards minus and plus infinity.
  static Dim floorDiv(const Dim &lhs, const Dim &rhs);
  static Dim ceilDiv(const Dim &lhs, const Dim &rhs);
  /// The remainder with the sign of `rhs`.
  static Dim mod(const Dim &lhs, const Dim &rhs);
  static Dim min(const Dim &lhs, const Dim &rhs);
  static Dim max(const Dim &lhs, const Dim &rhs);

  /// As in `#graph.dim<...>`, e.g. `2*N + 1`.
  const std::string &text() const { return expression; }

private:
  friend class GraphBuilder;
  Dim(std::string expression, bool isSum)
      : expression(std::move(expression)), isSum(isSum) {}
  std::string asFactor() const;
  static Dim call(const char *function, const Dim &lhs, const Dim &rhs);

  std::string expression;
  bool isSum = false;
};

/// The type of a tensor; no dims: a scalar.
struct TensorType {
  ElementType element = ElementType::float32;
  std::vector<Dim> dims;
};

/// A tensor in a graph: a handle that is cheap to copy and good as long as its
/// builder lives.
class Value {
private:
  friend class GraphBuilder;
  Value(const void *builder, void *handle) : builder(builder), handle(handle) {}
  const void *builder;
  void *handle;
};

/// What the methods of ops return, and take: an operand that is an error makes
/// the result that error, so that calls nest and only the last needs a look.
using ValueOrError = Expected<Value, Diagnostic>;

/// What a body gives. A body is called at once, and may be called several
/// times; the values it makes are used inside of it only (E0325).
using Values = std::vector<ValueOrError>;
using ValuesOrError = Expected<std::vector<Value>, Diagnostic>;

/// How long a loop runs: so many times at most, and while a condition, one
/// bool, holds. One of them is there at least.
struct LoopRange {
  std::optional<Dim> trips;
  /// Before the first run.
  std::optional<ValueOrError> condition;
};

/// What one run of a loop gives.
struct LoopStep {
  /// What the next run takes, with the element types and ranks of this one.
  Values carried;
  /// Stacked over the runs.
  Values slices;
  /// Whether there is a next run; there if the range has a condition.
  std::optional<ValueOrError> condition;
};

using LoopBody = std::function<LoopStep(const Dim &counter,
                                        const std::vector<Value> &carried)>;
using ScanBody = std::function<LoopStep(const std::vector<Value> &elements,
                                        const std::vector<Value> &carried)>;

/// Builds one graph. Used by one thread at a time. The ops, with what each
/// requires (C1, C2, ...), are in sinter/GraphOps.inc; a requirement that does
/// not hold is E0206 and leaves the graph as it was. Other errors: E0208 (a
/// name is given twice), E0210, E0320-E0325.
class SINTER_COMPILER_API GraphBuilder {
public:
  GraphBuilder();
  ~GraphBuilder();
  GraphBuilder(GraphBuilder &&) noexcept;
  GraphBuilder &operator=(GraphBuilder &&) noexcept;

  /// Inputs of the model are in the order of these calls.
  ValueOrError input(const std::string &name, const TensorType &type);
  /// Outputs of the model are in the order of these calls.
  Expected<Unit, Diagnostic> output(const std::string &name,
                                    const ValueOrError &value);

  /// A constant with a copy of `bytes`: row-major, little-endian, bool as
  /// bytes of 0 and 1.
  ValueOrError constant(ElementType type, const std::vector<int64_t> &dims,
                        std::span<const std::byte> bytes);
  /// A constant of bytes that stay the caller's: they may not change or go
  /// before the builder does. Same bytes, same weight in the model.
  ValueOrError constantView(ElementType type, const std::vector<int64_t> &dims,
                            std::span<const std::byte> bytes);
  /// A constant of rank 0. Rounded to the type; integers are truncated.
  ValueOrError scalar(ElementType type, double value);
  /// constant() of floats.
  ValueOrError constant(const std::vector<int64_t> &dims,
                        std::span<const float> values) {
    return constant(ElementType::float32, dims, std::as_bytes(values));
  }

  /// The results of the body that the condition, one bool, chooses. Both give
  /// values of the same element types and ranks; a dim that differs is a new
  /// symbol in the result.
  ValuesOrError ifElse(const ValueOrError &condition,
                       const std::function<Values()> &yes,
                       const std::function<Values()> &no);
  /// Runs a body again and again. `counter` counts from 0. The results are the
  /// carried values at the end, then the slices of all runs, stacked along a
  /// new first axis. A dim of a carried value that a run changes is a symbol.
  ValuesOrError loop(const LoopRange &range, const Values &inits,
                     const LoopBody &body);
  /// A loop over the elements of the first axes of sequences, which are equally
  /// long.
  ValuesOrError scan(const Values &sequences, const Values &inits,
                     const ScanBody &body);
  /// A dim with the value of one i64 of the model. A negative one ends the run.
  Expected<Dim, Diagnostic> bind(const ValueOrError &value);
  /// Ends the run with the message unless a condition, one bool, holds.
  Expected<Unit, Diagnostic> check(const ValueOrError &condition,
                                   const std::string &message);

  /// The inferred type of a value.
  Expected<TensorType, Diagnostic> typeOf(const ValueOrError &value) const;

  /// A name for the ops made from now on, in errors, reports and profiles.
  void setLabel(const std::string &label);

  /// The graph as text, for people.
  std::string text() const;

  /// As compileOnnx, for this graph; may be called again, and the graph may
  /// grow in between.
  CompileResult compile(
      const std::string &output, const CompileOptions &options = {},
      const std::function<void(const std::string &stage)> &progress = {}) const;

#include "sinter/GraphOps.inc"

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace sinter
