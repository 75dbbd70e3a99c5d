// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Contraction.h"

#include "codegen/cuda/KernelFunction.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cuda {
namespace {

/// Products of a step, and steps in flight.
constexpr int64_t depth = 32, buffers = 3;
/// Results of one instruction.
constexpr int64_t instructionRows = 16, instructionColumns = 8;
/// Elements of 16 bytes.
constexpr int64_t packed = 4;

/// Results of a block and of each of its warps.
struct Shape {
  int64_t rows, columns, warpRows, warpColumns;

  int64_t warps() const { return rows / warpRows * (columns / warpColumns); }
  int64_t threads() const { return 32 * warps(); }
};

/// From the largest: what reads least, to what keeps most multiprocessors busy.
constexpr Shape shapes[] = {{128, 128, 64, 32}, {128, 64, 32, 32},
                            {64, 64, 32, 32},   {64, 32, 32, 16},
                            {32, 32, 16, 16},   {16, 32, 16, 8}};

/// Where elements are copied one by one: fewer for each thread, as each has an
/// address of its own.
constexpr Shape singleCopies = {64, 64, 32, 16},
                singleWideCopies = {32, 32, 16, 16};

/// The iterators of rows, columns, products, and those that both operands have.
struct Roles {
  SmallVector<unsigned> batch, rows, columns, products;
  /// Whether the second operand is that of the rows.
  bool isSwapped = false;
};

bool isSumOfProducts(kernel::StageOp stage) {
  auto init = dyn_cast_or_null<FloatAttr>(stage.getInitAttr());
  if (!init || !init.getType().isF32() || !init.getValue().isZero() ||
      stage.getInputs().size() != 2 || !stage.getTables().empty())
    return false;
  Block &body = stage.getBody().front();
  auto sum = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || llvm::range_size(body) != 3)
    return false;
  Value accumulator = body.getArgument(2);
  bool isFirst = sum.getLhs() == accumulator;
  auto product =
      (isFirst ? sum.getRhs() : sum.getLhs()).getDefiningOp<arith::MulFOp>();
  if (!product || (isFirst ? sum.getLhs() : sum.getRhs()) != accumulator)
    return false;
  auto reads = [&](unsigned lhs, unsigned rhs) {
    return product.getLhs() == body.getArgument(lhs) &&
           product.getRhs() == body.getArgument(rhs);
  };
  return (reads(0, 1) || reads(1, 0)) &&
         llvm::all_of(stage.getFills(), [](Attribute fill) {
           auto value = dyn_cast<FloatAttr>(fill);
           return !value || value.getValue().isPosZero();
         });
}

std::optional<Roles> findRoles(kernel::StageOp stage,
                               const Operands &operands) {
  Roles roles;
  for (unsigned iterator = 0; iterator < stage.getNumIterators(); ++iterator) {
    bool first = operands.inputs[0].map.isFunctionOfDim(iterator);
    bool second = operands.inputs[1].map.isFunctionOfDim(iterator);
    if (iterator >= stage.getNumParallel())
      roles.products.push_back(iterator);
    else if (first == second)
      roles.batch.push_back(iterator);
    else
      (first ? roles.rows : roles.columns).push_back(iterator);
  }
  // The order of a sum is free: what is contiguous comes last.
  auto isUnit = [&](unsigned iterator) {
    return llvm::any_of(operands.inputs, [&](const Access &input) {
      return input.stepOf(iterator) == Step::unit;
    });
  };
  std::stable_partition(roles.products.begin(), roles.products.end(),
                        [&](unsigned iterator) { return !isUnit(iterator); });
  unsigned last = stage.getNumParallel() - 1;
  if (llvm::is_contained(roles.rows, last)) {
    std::swap(roles.rows, roles.columns);
    roles.isSwapped = true;
  }
  if (roles.rows.empty() || !llvm::is_contained(roles.columns, last))
    return std::nullopt;
  return roles;
}

/// How one operand passes through shared memory.
struct Side {
  const Access *access = nullptr;
  TypedAttr fill;
  SmallVector<unsigned> iterators;
  /// Rows or columns of a block.
  int64_t size = 0;
  /// Elements that are copied at once, along the products or along the rows.
  int64_t lanes = 1;
  bool isAlongProducts = true;
  std::string name, count;

  /// Elements from one line in shared memory to the next: no two threads that
  /// read at the same time meet in a bank.
  int64_t pitch() const { return isAlongProducts ? depth + 4 : size + 8; }
  int64_t elements() const {
    return isAlongProducts ? size * pitch() : depth * pitch();
  }
};

class ContractionLowering {
public:
  ContractionLowering(kernel::StageOp stage, const Lowering &lowering)
      : stage(stage), lowering(lowering), function(stage),
        context(stage.getContext()), text(function.body),
        operands(accessOperands(
            stage, [&](Value) { return function.buffer(buffer++); })),
        roles(*findRoles(stage, operands)) {}

  FailureOr<codegen::Kernel> run();

private:
  SmallVector<DimAttr> extentsOf(ArrayRef<unsigned> iterators);
  FailureOr<DimAttr> countOf(ArrayRef<unsigned> iterators);
  Shape chooseShape();
  void setSide(Side &side, unsigned input, ArrayRef<unsigned> iterators,
               int64_t size);
  void setSides(Shape chosen);
  void emitItem();
  void decode(const std::string &number, ArrayRef<unsigned> iterators,
              const std::string &prefix, Names &names);
  void emitLoad(const Side &side);
  void emitCopy(const Side &side, int64_t index, const Names &rows,
                const std::string &row, const std::string &product);
  void emitProducts();
  void emitFragment(const Side &side, bool isRows);
  void emitResults();
  bool isWhole(const Side &side);

  kernel::StageOp stage;
  const Lowering &lowering;
  KernelFunction function;
  MLIRContext *context;
  Text &text;
  unsigned buffer = 0;
  Operands operands;
  Roles roles;
  Shape shape{};
  Side rows, columns;
  Names iterators;
  std::string products;
};

SmallVector<DimAttr>
ContractionLowering::extentsOf(ArrayRef<unsigned> iterators) {
  SmallVector<DimAttr> extents;
  for (unsigned iterator : iterators)
    extents.push_back(stage.getExtent(iterator));
  return extents;
}

FailureOr<DimAttr> ContractionLowering::countOf(ArrayRef<unsigned> iterators) {
  return graph::product(context, extentsOf(iterators));
}

/// The largest of which there are enough to keep all multiprocessors busy; an
/// unknown extent counts as a few.
Shape ContractionLowering::chooseShape() {
  constexpr int64_t few = 8;
  auto known = [&](ArrayRef<unsigned> iterators) {
    int64_t count = 1;
    for (DimAttr extent : extentsOf(iterators))
      count = llvm::SaturatingMultiply<uint64_t>(
          count, std::max<int64_t>(extent.getConstant().value_or(few), 1));
    return count;
  };
  int64_t height = known(roles.rows), width = known(roles.columns);
  int64_t busy = lowering.target.multiprocessors;
  // Addresses with borders need the registers of the largest blocks.
  bool hasBorder = llvm::any_of(
      stage.getFills(), [](Attribute fill) { return isa<TypedAttr>(fill); });
  bool isHeavy = hasBorder || !function.isNarrow();
  for (const Shape &shape : ArrayRef(shapes).drop_front(isHeavy)) {
    int64_t blocks = llvm::divideCeil(height, shape.rows) *
                     llvm::divideCeil(width, shape.columns);
    blocks = llvm::SaturatingMultiply<uint64_t>(blocks, known(roles.batch));
    if (blocks >= busy && shape.rows < 2 * height && shape.columns < 2 * width)
      return shape;
  }
  return shapes[height <= 16 ? 5 : 4];
}

void ContractionLowering::setSide(Side &side, unsigned input,
                                  ArrayRef<unsigned> iterators, int64_t size) {
  side.access = &operands.inputs[input];
  side.fill = stage.getFill(input);
  side.iterators.assign(iterators.begin(), iterators.end());
  side.size = size;
  unsigned last = roles.products.back();
  const Access &access = *side.access;
  bool isPackable = lowering.isAligned &&
                    (!side.fill || access.isWholeAxis(access.dims.size() - 1));
  auto isMultiple = [&](unsigned iterator) {
    std::optional<int64_t> extent = stage.getExtent(iterator).getConstant();
    return extent && *extent % packed == 0;
  };
  unsigned along = iterators.back();
  side.isAlongProducts =
      access.stepOf(last) == Step::unit || access.stepOf(along) != Step::unit;
  unsigned fastest = side.isAlongProducts ? last : along;
  if (isPackable && access.isPacked(fastest, packed) && isMultiple(fastest))
    side.lanes = packed;
}

void ContractionLowering::setSides(Shape chosen) {
  shape = chosen;
  setSide(rows, roles.isSwapped ? 1 : 0, roles.rows, shape.rows);
  setSide(columns, roles.isSwapped ? 0 : 1, roles.columns, shape.columns);
}

/// Declares iterators of a number in mixed radix, as names[iterator].
void ContractionLowering::decode(const std::string &number,
                                 ArrayRef<unsigned> iterators,
                                 const std::string &prefix, Names &names) {
  std::string rest = number;
  for (size_t index = iterators.size(); index-- > 0;) {
    unsigned iterator = iterators[index];
    std::string size = wrapped(function.sizes.get(stage.getExtent(iterator)));
    std::string name = prefix + std::to_string(iterator);
    text.line("const idx " + name + " = " +
              (index == 0 ? rest : wrapped(rest) + " % " + size) + ";");
    names[iterator] = name;
    rest = wrapped(rest) + " / " + size;
  }
}

/// The copy of one pack to shared memory; nothing but zeros where it is
/// outside.
void ContractionLowering::emitCopy(const Side &side, int64_t index,
                                   const Names &names, const std::string &row,
                                   const std::string &product) {
  const Access &access = *side.access;
  Names at = access.coordinates(function.sizes, names);
  std::string isInside = "isRow" + side.name + std::to_string(index) +
                         " && k0 + " + product + " < " + products;
  if (side.fill)
    if (std::string bounds = access.isInside(function.sizes, at);
        !bounds.empty())
      isInside += " && " + bounds;
  std::string line = side.isAlongProducts ? row : product;
  std::string column = side.isAlongProducts ? product : row;
  text.line("copyAsync<" + Twine(side.lanes) + ">(to" + side.name + " + " +
            wrapped(line) + " * " + Twine(side.pitch()) + " + " + column +
            ", " + access.pointer + ", " + access.offsetAt(function.sizes, at) +
            ", " + isInside + ");");
}

/// Declares what copies a step of one operand: rows are decoded once, outside.
void ContractionLowering::emitLoad(const Side &side) {
  int64_t threads = shape.threads();
  int64_t across = (side.isAlongProducts ? depth : side.size) / side.lanes;
  int64_t copies = side.size * depth / side.lanes / threads;
  std::string lane = "int(threadIdx.x % " + std::to_string(across) + ") * " +
                     std::to_string(side.lanes);
  std::string line = "int(threadIdx.x / " + std::to_string(across) + ")";
  bool isFixed = !side.isAlongProducts;
  SmallVector<Names> names;
  SmallVector<std::string> rowsOf;
  for (int64_t index = 0; index < (isFixed ? 1 : copies); ++index) {
    std::string number = side.name + std::to_string(index);
    text.line("const int row" + number + " = " +
              (isFixed
                   ? lane
                   : line + " + " + std::to_string(index * threads / across)) +
              ";");
    text.line("const idx at" + number + " = first" + side.name + " + row" +
              number + ";");
    text.line("const bool isRow" + number + " = at" + number + " < " +
              side.count + ";");
    Names decoded(iterators);
    decode("at" + number, side.iterators,
           side.name + std::to_string(index) + "_", decoded);
    names.push_back(decoded);
    rowsOf.push_back("row" + number);
  }
  text.open("auto load" + side.name + " = [&](float *to" + side.name +
            ", idx k0)");
  for (int64_t index = 0; index < copies; ++index) {
    std::string number = side.name + std::to_string(index);
    bool isFirst = index == 0 || isFixed;
    if (isFirst) {
      text.line("const int k" + number + " = " +
                (isFixed
                     ? line + " + " + std::to_string(index * threads / across)
                     : lane) +
                ";");
      std::string prefix = "r" + number + "_";
      Names &row = names[isFixed ? 0 : index];
      decode("k0 + k" + number, roles.products, prefix, row);
      for (Names &other : names)
        for (unsigned iterator : roles.products)
          other[iterator] = row[iterator];
    }
    std::string product = "k" + side.name + std::to_string(isFixed ? index : 0);
    emitCopy(side, isFixed ? 0 : index, names[isFixed ? 0 : index],
             rowsOf[isFixed ? 0 : index], product);
  }
  text.close(";");
}

/// Declares the parts of a warp's operands for one instruction each.
void ContractionLowering::emitFragment(const Side &side, bool isRows) {
  int64_t count = isRows ? shape.warpRows / instructionRows
                         : shape.warpColumns / instructionColumns;
  int64_t height = isRows ? instructionRows : instructionColumns;
  std::string name = isRows ? "a" : "b";
  int64_t parts = isRows ? 4 : 2;
  text.line("Split " + name + "[" + Twine(count) + "][" + Twine(parts) + "];");
  text.line("#pragma unroll");
  text.open("for (int i = 0; i < " + Twine(count) + "; ++i)");
  text.line("#pragma unroll");
  text.open("for (int part = 0; part < " + Twine(parts) + "; ++part)");
  std::string row = "warp" + side.name + " + i * " + std::to_string(height) +
                    " + group" + (isRows ? std::string(" + part % 2 * 8") : "");
  std::string product =
      "k + inGroup + part" + std::string(isRows ? " / 2" : "") + " * 4";
  std::string line = side.isAlongProducts ? row : product;
  std::string column = side.isAlongProducts ? product : row;
  text.line(name + "[i][part] = Split(from" + side.name + "[(" + line + ") * " +
            Twine(side.pitch()) + " + " + column + "]);");
  text.close().close();
}

/// A step of products from shared memory, summed up apart: the tensor cores
/// round towards zero.
void ContractionLowering::emitProducts() {
  int64_t high = shape.warpRows / instructionRows;
  int64_t wide = shape.warpColumns / instructionColumns;
  text.line("float part[" + Twine(high) + "][" + Twine(wide) + "][4] = {};");
  text.line("#pragma unroll");
  text.open("for (int k = 0; k < " + Twine(depth) + "; k += 8)");
  emitFragment(rows, true);
  emitFragment(columns, false);
  text.line("#pragma unroll");
  text.open("for (int i = 0; i < " + Twine(high) + "; ++i)");
  text.line("#pragma unroll");
  text.line("for (int j = 0; j < " + Twine(wide) +
            "; ++j) multiply(part[i][j], a[i], b[j]);");
  text.close().close();
  text.line("#pragma unroll");
  text.open("for (int i = 0; i < " + Twine(high) + "; ++i)");
  text.line("#pragma unroll");
  text.open("for (int j = 0; j < " + Twine(wide) + "; ++j)");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < 4; ++e) sum[i][j][e] += part[i][j][e];");
  text.close().close();
}

/// Finishes what the thread has: pairs of neighbours in a row.
void ContractionLowering::emitResults() {
  int64_t high = shape.warpRows / instructionRows;
  int64_t wide = shape.warpColumns / instructionColumns;
  unsigned last = stage.getNumParallel() - 1;
  std::optional<int64_t> extent = stage.getExtent(last).getConstant();
  bool isPair = extent && *extent % 2 == 0 && lowering.isAligned;
  text.line("#pragma unroll");
  text.open("for (int i = 0; i < " + Twine(high) + "; ++i)");
  text.line("#pragma unroll");
  text.open("for (int half = 0; half < 2; ++half)");
  text.line("const idx row = firstA + warpA + i * 16 + half * 8 + group;");
  text.line("if (row >= " + rows.count + ")");
  text.line("  continue;");
  Names at(iterators);
  decode("row", roles.rows, "m", at);
  text.line("#pragma unroll");
  text.open("for (int j = 0; j < " + Twine(wide) + "; ++j)");
  text.line("const idx first = firstB + warpB + j * 8 + inGroup * 2;");
  std::string column = "first";
  if (!isPair) {
    text.line("#pragma unroll");
    text.open("for (int e = 0; e < 2; ++e)");
    column = "first + e";
  }
  text.line("if (" + column + " >= " + columns.count + ")");
  text.line("  continue;");
  decode(column, roles.columns, "n", at);
  StageTile tile(text, stage, operands, function.sizes);
  at.resize(stage.getNumParallel());
  if (isPair) {
    text.line("const float acc[2] = {sum[i][j][half * 2], "
              "sum[i][j][half * 2 + 1]};");
    tile.emitFinished(at, 2);
  } else {
    text.line("const float acc = sum[i][j][half * 2 + e];");
    tile.emitFinished(at, 1);
    text.close();
  }
  text.close().close().close();
}

void ContractionLowering::emitItem() {
  FailureOr<DimAttr> one = countOf(roles.rows);
  std::string perRow = "tilesB";
  text.line("const idx tilesB = (" + columns.count + " + " +
            Twine(shape.columns - 1) + ") / " + Twine(shape.columns) + ";");
  text.line("const idx tilesA = (" + rows.count + " + " +
            Twine(shape.rows - 1) + ") / " + Twine(shape.rows) + ";");
  text.line("const idx firstB = idx(item) % tilesB * " + Twine(shape.columns) +
            ";");
  text.line("const idx firstA = idx(item) / tilesB % tilesA * " +
            Twine(shape.rows) + ";");
  if (!roles.batch.empty()) {
    text.line("const idx batch = idx(item) / tilesB / tilesA;");
    decode("batch", roles.batch, "i", iterators);
  }
  emitLoad(rows);
  emitLoad(columns);
  int64_t high = shape.warpRows / instructionRows;
  int64_t wide = shape.warpColumns / instructionColumns;
  text.line("float sum[" + Twine(high) + "][" + Twine(wide) + "][4] = {};");
  text.line("const idx steps = (" + products + " + " + Twine(depth - 1) +
            ") / " + Twine(depth) + ";");
  int64_t stride = rows.elements() + columns.elements();
  text.open("auto load = [&](idx step)");
  text.open("if (step < steps)");
  text.line("float *const to = shared + step % " + Twine(buffers) + " * " +
            Twine(stride) + ";");
  text.line("loadA(to, step * " + Twine(depth) + ");");
  text.line("loadB(to + " + Twine(rows.elements()) + ", step * " +
            Twine(depth) + ");");
  text.close();
  text.line("commitCopies();");
  text.close(";");
  text.line("load(0);").line("load(1);");
  text.open("for (idx step = 0; step < steps; ++step)");
  text.line("waitForCopies<1>();");
  text.line("__syncthreads();");
  text.line("load(step + 2);");
  text.line("const float *const fromA = shared + step % " + Twine(buffers) +
            " * " + Twine(stride) + ";");
  text.line("const float *const fromB = fromA + " + Twine(rows.elements()) +
            ";");
  emitProducts();
  text.close();
  emitResults();
  text.line("waitForCopies<0>();");
  text.line("__syncthreads();");
}

FailureOr<codegen::Kernel> ContractionLowering::run() {
  FailureOr<DimAttr> height = countOf(roles.rows),
                     width = countOf(roles.columns),
                     length = countOf(roles.products),
                     count = countOf(roles.batch);
  if (failed(height) || failed(width) || failed(length) || failed(count))
    return stage.emitOpError("has sizes beyond 64 bits");
  setSides(chooseShape());
  if (rows.lanes == 1 || columns.lanes == 1)
    setSides(function.isNarrow() ? singleCopies : singleWideCopies);
  function.threads = shape.threads();
  iterators.resize(stage.getNumIterators());
  rows.name = "A";
  columns.name = "B";
  rows.count = function.sizes.get(*height);
  columns.count = function.sizes.get(*width);
  products = function.sizes.get(*length);
  int64_t perRow = shape.columns / shape.warpColumns;
  function.before.line("extern __shared__ __align__(16) float shared[];");
  function.before.line("const int warp = threadIdx.x / 32, group = threadIdx.x "
                       "% 32 / 4, inGroup = threadIdx.x % 4;");
  function.before.line("const int warpA = warp / " + Twine(perRow) + " * " +
                       Twine(shape.warpRows) + ", warpB = warp % " +
                       Twine(perRow) + " * " + Twine(shape.warpColumns) + ";");
  emitItem();
  auto tiles = [&](DimAttr extent, int64_t size) {
    return graph::apply(DimFunction::CeilDiv, extent,
                        DimAttr::constant(context, size));
  };
  FailureOr<DimAttr> down = tiles(*height, shape.rows),
                     across = tiles(*width, shape.columns);
  if (failed(down) || failed(across))
    return stage.emitOpError("has sizes beyond 64 bits");
  FailureOr<DimAttr> items =
      graph::product(context, SmallVector<DimAttr>{*count, *down, *across});
  if (failed(items))
    return stage.emitOpError("has sizes beyond 64 bits");
  lowering.code = function.finish();
  int64_t bytes = buffers * (rows.elements() + columns.elements()) * 4;
  return codegen::Kernel{function.sizes.getDims(),
                         *items,
                         1,
                         {},
                         {function.threads, static_cast<unsigned>(bytes), 0,
                          function.getMostBytes()}};
}

} // namespace

bool isContraction(kernel::StageOp stage) {
  if (!isSumOfProducts(stage) || stage.getNumParallel() == 0)
    return false;
  Operands operands = accessOperands(stage, [](Value) { return ""; });
  std::optional<Roles> roles = findRoles(stage, operands);
  if (!roles)
    return false;
  // Of few results or products, the blocks would be empty for the most part.
  auto isAtLeast = [&](ArrayRef<unsigned> iterators, int64_t least) {
    int64_t count = 1;
    for (unsigned iterator : iterators)
      count = llvm::SaturatingMultiply<uint64_t>(
          count, stage.getExtent(iterator).getConstant().value_or(least));
    return count >= least;
  };
  return isAtLeast(roles->rows, 8) && isAtLeast(roles->columns, 8) &&
         isAtLeast(roles->products, 16);
}

FailureOr<codegen::Kernel> lowerContraction(kernel::StageOp stage,
                                            const Lowering &lowering) {
  return ContractionLowering(stage, lowering).run();
}

} // namespace sinter::cuda
