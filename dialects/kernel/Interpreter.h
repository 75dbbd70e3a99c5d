// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates stages on the host: constant folding, the reference target and the
// oracle of tests.
//
// Arithmetic is that of the body's types, rounded to nearest even after each
// op; functions are those of runtime/src/ops/Math.h. What a body leaves
// undefined is defined here: integers wrap, a division by 0 gives 0, a shift
// by the width or more gives 0 (or the sign), a float beyond the range of an
// integer gives the nearest integer, NaN gives 0.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace sinter::kernel {

/// Elements in row-major order, in the byte order of the host, unaligned. A
/// bool is one byte, 0 or not.
struct TensorBytes {
  llvm::ArrayRef<int64_t> dims;
  llvm::ArrayRef<char> bytes;
};

/// The bytes of an element in memory, if stages can be evaluated on it.
std::optional<int64_t> storageSize(mlir::Type element);

/// A stage in a form that is quick to evaluate. It refers to the context, not
/// to the op. Any number of threads may run it.
class StageProgram {
public:
  using SizeOf =
      llvm::function_ref<std::optional<int64_t>(llvm::StringRef symbol)>;

  /// Fails on an op or element type that the interpreter does not know.
  static llvm::Expected<StageProgram> compile(StageOp stage);

  /// The sizes of all iterators, which begin with the dims of the result.
  /// Fails if one is negative, cannot be evaluated, or if the number of points
  /// exceeds 63 bits.
  llvm::Expected<llvm::SmallVector<int64_t>> extents(SizeOf sizeOf) const;

  /// Evaluates the stage into `output`, whose bytes must be those of the
  /// result's dims. Fails if buffers do not fit their dims or the stage, or if
  /// a coordinate of an input without fill is outside.
  llvm::Error run(llvm::ArrayRef<TensorBytes> inputs,
                  llvm::ArrayRef<TensorBytes> tables,
                  llvm::MutableArrayRef<char> output, SizeOf sizeOf) const;

  struct Code;

private:
  explicit StageProgram(std::shared_ptr<const Code> code)
      : code(std::move(code)) {}

  std::shared_ptr<const Code> code;
};

} // namespace sinter::kernel
