// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Interpreter.h"

#include "dialects/kernel/StageCode.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::MutableArrayRef;
using llvm::SmallVector;

namespace sinter::kernel {
namespace {

template <typename... Args> Error failWith(const char *format, Args... args) {
  return llvm::createStringError(std::errc::invalid_argument, format, args...);
}

/// The bytes of a tensor, or nothing if they exceed 63 bits.
std::optional<int64_t> byteSize(ArrayRef<int64_t> dims, int64_t element) {
  int64_t size = element;
  for (int64_t dim : dims)
    if (dim < 0 || llvm::MulOverflow(size, dim, size))
      return std::nullopt;
  return size;
}

template <typename T>
void readLanes(uint64_t *result, const char *data, const uint64_t *offsets,
               const uint64_t *isInside, uint64_t fill) {
  for (unsigned lane = 0; lane < numLanes; ++lane) {
    T element;
    uint64_t value = fill;
    if (isInside[lane]) {
      std::memcpy(&element, data + offsets[lane] * sizeof(T), sizeof(T));
      value = element;
    }
    result[lane] = value;
  }
}

template <typename T>
void writeLanes(char *data, const uint64_t *values, unsigned count) {
  for (unsigned lane = 0; lane < count; ++lane) {
    T element = static_cast<T>(values[lane]);
    std::memcpy(data + lane * sizeof(T), &element, sizeof(T));
  }
}

/// One evaluation of a stage.
class Evaluation {
public:
  Evaluation(const StageProgram::Code &code, ArrayRef<int64_t> extents,
             ArrayRef<TensorBytes> tensors)
      : code(code), extents(extents), tensors(tensors),
        registers(uint64_t(code.numRegisters) * numLanes) {}

  Error prepare(StageProgram::SizeOf sizeOf);
  Error run(MutableArrayRef<char> output);

private:
  uint64_t *lanes(unsigned index) {
    return registers.data() + uint64_t(index) * numLanes;
  }
  void fill(unsigned index, uint64_t value) {
    std::fill_n(lanes(index), numLanes, value);
  }
  void locate(uint64_t first, unsigned count);
  void read(const Access &access, uint64_t *result);
  void execute(Rate rate);
  void reduce();

  const StageProgram::Code &code;
  ArrayRef<int64_t> extents;
  ArrayRef<TensorBytes> tensors;
  std::vector<uint64_t> registers;
  bool isOutside = false;
};

Error Evaluation::prepare(StageProgram::SizeOf sizeOf) {
  for (auto [index, value] : code.constants)
    fill(index, value);
  for (auto [index, dim] : code.dims) {
    FailureOr<int64_t> value = graph::evaluate(dim, sizeOf);
    if (failed(value))
      return failWith("a dim of the stage's body has no value");
    fill(index, static_cast<uint64_t>(*value));
  }
  execute(Rate::once);
  return Error::success();
}

/// Sets the parallel iterators of a batch. Lanes past `count` repeat the first.
void Evaluation::locate(uint64_t first, unsigned count) {
  for (unsigned lane = 0; lane < numLanes; ++lane) {
    uint64_t rest = first + (lane < count ? lane : 0);
    for (unsigned iterator = code.numParallel; iterator-- > 0;) {
      uint64_t extent = static_cast<uint64_t>(extents[iterator]);
      lanes(iterator)[lane] = rest % extent;
      rest /= extent;
    }
  }
}

void Evaluation::read(const Access &access, uint64_t *result) {
  const TensorBytes &tensor = tensors[access.tensor];
  const StageProgram::Code::Element &element = code.elements[access.tensor];
  uint64_t offsets[numLanes] = {}, isInside[numLanes];
  std::fill_n(isInside, numLanes, 1);
  uint64_t stride = 1;
  for (size_t axis = access.coordinates.size(); axis-- > 0;) {
    auto size = static_cast<uint64_t>(tensor.dims[axis]);
    if (size == 1 && access.broadcasts[axis])
      continue;
    const uint64_t *coordinate = lanes(access.coordinates[axis]);
    for (unsigned lane = 0; lane < numLanes; ++lane) {
      isInside[lane] &= coordinate[lane] < size;
      offsets[lane] += coordinate[lane] * stride;
    }
    stride *= size;
  }
  if (!access.fill)
    for (uint64_t lane : isInside)
      isOutside |= lane == 0;
  const char *data = tensor.bytes.data();
  uint64_t fill = access.fill.value_or(0);
  switch (element.size) {
  case 1:
    readLanes<uint8_t>(result, data, offsets, isInside, fill);
    break;
  case 2:
    readLanes<uint16_t>(result, data, offsets, isInside, fill);
    break;
  case 4:
    readLanes<uint32_t>(result, data, offsets, isInside, fill);
    break;
  default:
    readLanes<uint64_t>(result, data, offsets, isInside, fill);
  }
  if (element.isBool)
    for (unsigned lane = 0; lane < numLanes; ++lane)
      result[lane] = result[lane] != 0;
}

void Evaluation::execute(Rate rate) {
  for (const Step &step : code.steps[static_cast<size_t>(rate)]) {
    uint64_t *result = lanes(step.result);
    if (!step.instruction.run) {
      read(code.accesses[step.access], result);
      continue;
    }
    const uint64_t *operands[3] = {};
    for (auto [index, operand] : llvm::enumerate(step.operands))
      operands[index] = lanes(operand);
    step.instruction.run(result, operands, step.instruction.immediate);
  }
}

/// Folds a batch over the points of the reduction iterators.
void Evaluation::reduce() {
  fill(*code.accumulator, code.init);
  ArrayRef<int64_t> sizes = extents.drop_front(code.numParallel);
  if (llvm::is_contained(sizes, 0))
    return;
  SmallVector<int64_t> point(sizes.size(), 0);
  for (unsigned iterator = 0; iterator < sizes.size(); ++iterator)
    fill(code.numParallel + iterator, 0);
  while (true) {
    execute(Rate::perReduction);
    std::copy_n(lanes(code.yielded), numLanes, lanes(*code.accumulator));
    unsigned iterator = sizes.size();
    while (iterator > 0 && ++point[iterator - 1] == sizes[iterator - 1]) {
      point[--iterator] = 0;
      fill(code.numParallel + iterator, 0);
    }
    if (iterator == 0)
      return;
    fill(code.numParallel + iterator - 1,
         static_cast<uint64_t>(point[iterator - 1]));
  }
}

Error Evaluation::run(MutableArrayRef<char> output) {
  const StageProgram::Code::Element &element = code.elements.back();
  uint64_t count = output.size() / static_cast<uint64_t>(element.size);
  for (uint64_t first = 0; first < count; first += numLanes) {
    auto active =
        static_cast<unsigned>(std::min<uint64_t>(numLanes, count - first));
    locate(first, active);
    execute(Rate::perBatch);
    if (code.accumulator)
      reduce();
    if (isOutside)
      return failWith("a stage reads an input outside of its dims");
    char *data = output.data() + first * static_cast<uint64_t>(element.size);
    const uint64_t *values = lanes(code.accumulator.value_or(code.yielded));
    switch (element.size) {
    case 1:
      writeLanes<uint8_t>(data, values, active);
      break;
    case 2:
      writeLanes<uint16_t>(data, values, active);
      break;
    case 4:
      writeLanes<uint32_t>(data, values, active);
      break;
    default:
      writeLanes<uint64_t>(data, values, active);
    }
  }
  return Error::success();
}

} // namespace

Expected<SmallVector<int64_t>> StageProgram::extents(SizeOf sizeOf) const {
  SmallVector<int64_t> result;
  for (graph::DimAttr extent : code->extents) {
    FailureOr<int64_t> size = graph::evaluate(extent, sizeOf);
    if (failed(size) || *size < 0)
      return failWith("extent %zu of the stage has no value", result.size());
    result.push_back(*size);
  }
  // Also the bytes of the result, and no empty dim hides an overflow.
  int64_t points = code->elements.back().size;
  for (int64_t size : result)
    if (llvm::MulOverflow(points, std::max<int64_t>(size, 1), points))
      return failWith("the points of the stage exceed 63 bits");
  return result;
}

Error StageProgram::run(ArrayRef<TensorBytes> inputs,
                        ArrayRef<TensorBytes> tables,
                        MutableArrayRef<char> output, SizeOf sizeOf) const {
  if (inputs.size() != code->numInputs || tables.size() != code->numTables)
    return failWith("%zu inputs and %zu tables for a stage of %u and %u",
                    inputs.size(), tables.size(), code->numInputs,
                    code->numTables);
  SmallVector<TensorBytes> tensors(inputs);
  llvm::append_range(tensors, tables);
  for (auto [index, tensor] : llvm::enumerate(tensors)) {
    const Code::Element &element = code->elements[index];
    std::optional<int64_t> size = byteSize(tensor.dims, element.size);
    if (static_cast<int64_t>(tensor.dims.size()) != element.rank || !size ||
        static_cast<uint64_t>(*size) != tensor.bytes.size())
      return failWith("operand %zu has %zu bytes, which do not fit its dims",
                      index, tensor.bytes.size());
  }
  Expected<SmallVector<int64_t>> sizes = extents(sizeOf);
  if (!sizes)
    return sizes.takeError();
  std::optional<int64_t> size =
      byteSize(ArrayRef(*sizes).take_front(code->numParallel),
               code->elements.back().size);
  if (!size || static_cast<uint64_t>(*size) != output.size())
    return failWith("the result has %zu bytes, which do not fit its dims",
                    output.size());
  if (output.empty())
    return Error::success();
  Evaluation evaluation(*code, *sizes, tensors);
  if (Error error = evaluation.prepare(sizeOf))
    return error;
  return evaluation.run(output);
}

} // namespace sinter::kernel
