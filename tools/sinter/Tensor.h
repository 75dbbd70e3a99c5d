// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors as the tool holds them, and what it knows of element types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sinter::cli {

/// Dense and row-major; elements under 8 bits are packed from the least
/// significant bit on. `type` is a number of ONNX TensorProto.DataType.
struct Tensor {
  std::string name;
  int32_t type = 0;
  std::vector<int64_t> dims;
  std::vector<std::byte> data;
};

/// A view of such a tensor.
struct TensorView {
  int32_t type = 0;
  const std::byte *data = nullptr;
  int64_t elements = 0;
};

/// The name of an element type ("float32"); "type 77" if it is none.
std::string typeName(int32_t type);

/// Bits of an element; 0 for strings and for what is no element type.
unsigned typeBits(int32_t type);

/// What NumPy calls the type in a .npy header ("<f4"); null if it lacks it.
const char *numpyType(int32_t type);

/// The type of a .npy header without its byte order ("f4"); 0 if there is none.
int32_t typeOfNumpy(const std::string &name);

/// "2x3", or "scalar".
std::string shapeText(const std::vector<int64_t> &dims);

/// "float32[2,3]".
std::string typeText(int32_t type, const std::vector<int64_t> &dims);

/// Elements of a shape; none if a dim is negative or the product overflows.
std::optional<int64_t> elementCount(const std::vector<int64_t> &dims);

/// Bytes of a tensor; none if its type has no size or the number overflows.
std::optional<int64_t> byteCount(int32_t type,
                                 const std::vector<int64_t> &dims);

/// Element `index` as a double. Of a complex element only the real part (see
/// asParts).
double element(const TensorView &tensor, int64_t index);

/// The same tensor with each complex number as two floating-point ones.
TensorView asParts(TensorView tensor);

/// Whether two elements of equal types have the same bits.
bool sameBits(const TensorView &a, const TensorView &b, int64_t index);

bool isFloat(int32_t type);

/// The distance of a finite value from its neighbours in a floating-point type
/// that is not complex; 1 in other types.
double unitInLastPlace(int32_t type, double value);

} // namespace sinter::cli
