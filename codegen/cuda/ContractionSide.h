// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One operand of a product of matrices on its way through shared memory.
#pragma once

#include "codegen/cuda/ContractionRoles.h"

namespace sinter::cuda {

/// Tiles of `size` rows (or columns) and 128 bytes of products.
class ContractionSide {
public:
  /// `name` is a suffix of the names that the text declares.
  ContractionSide(kernel::StageOp stage, const Operands &operands,
                  const ContractionRoles &roles, bool isRows, bool isAligned);

  /// Whether lines in shared memory run along the rows.
  bool isAcross() const { return across; }
  /// Bytes that are copied at once; 2 are copied by way of registers.
  int64_t copiedBytes() const { return lanes * elementBytes; }
  /// Products of a step.
  int64_t depth() const { return lineBytes / elementBytes; }
  int64_t tileBytes(int64_t size) const;
  llvm::ArrayRef<unsigned> getProducts() const { return products; }

  /// Declares what does not change from step to step, and `loadNAME(u32 to,
  /// idx k0)`, which copies a step to a tile by all threads. `first` is the
  /// tile's first row, `count` that of all rows, `products` of all products;
  /// `iterators` has the names of those of the batch.
  struct Place {
    std::string first, count, products;
    int64_t size = 0, threads = 0;
    llvm::ArrayRef<std::string> iterators;
  };
  void emitLoad(Text &text, Sizes &sizes, const Place &place) const;
  /// Whether that takes a loop, by so many threads for a tile of `size` rows.
  bool copiesInLoop(int64_t size, int64_t threads) const;

  /// The descriptor of a tile at `address`, from row `row` and product
  /// `product`, multiples of 64 and of an instruction's depth.
  std::string descriptor(const std::string &address, const std::string &row,
                         const std::string &product) const;

  const std::string name;
  llvm::SmallVector<unsigned> iterators;

  static constexpr int64_t lineBytes = 128, panelRows = 64;

private:
  /// The copies of a step that one thread makes.
  struct Copies {
    std::string row, product;
    Names names;
  };

  /// A thread has one place along the lines, and every so many lines.
  int64_t lineLength(int64_t size) const;
  int64_t copiesOf(int64_t size, int64_t threads) const;
  int64_t panelBytes() const { return depth() * lineBytes; }
  std::string address(const Copies &copy) const;
  /// Whether elements go through registers: copies have 4 bytes at least.
  bool isHeld() const { return copiedBytes() < 4; }
  /// Declares a row of the operand, and where it is.
  void emitRow(Text &text, Sizes &sizes, const Place &place, Copies &copy,
               const std::string &number, const std::string &row) const;
  /// Starts the copies of some lines, each at `lane`.
  void emitCopies(Text &text, Sizes &sizes, const Place &place,
                  llvm::SmallVector<Copies> &copies, const std::string &lane,
                  llvm::ArrayRef<std::string> lines) const;
  void emitCopy(Text &text, Sizes &sizes, const Place &place,
                const Copies &copy, int64_t row,
                const std::string &number) const;

  kernel::StageOp stage;
  const Access &access;
  mlir::TypedAttr fill;
  llvm::SmallVector<unsigned> products;
  int64_t elementBytes;
  /// Elements that are copied at once.
  int64_t lanes = 1;
  bool across = false;
  /// Whether neighbouring threads copy neighbouring rows.
  bool runsAlongRows = false;
};

/// Declares iterators of a number in mixed radix, as names[iterator].
void decodeIterators(Text &text, Sizes &sizes, kernel::StageOp stage,
                     const std::string &number,
                     llvm::ArrayRef<unsigned> iterators,
                     const std::string &prefix, Names &names);

} // namespace sinter::cuda
