// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TensorMaps.h"

#include <cstdio>
#include <cstring>

#include "SizeProgram.h"
#include "Status.h"
#include "Types.h"

using namespace sinter::runtime;
using namespace sinter::runtime::cuda;

namespace {

constexpr int64_t mostDim = int64_t(1) << 32, strideEnd = int64_t(1) << 40;
constexpr int64_t alignment = 16; // of strides and addresses
// CU_TENSOR_MAP_INTERLEAVE_NONE, SWIZZLE_128B, L2_PROMOTION_L2_256B and
// FLOAT_OOB_FILL_NONE, which is 0.
constexpr int noInterleave = 0, swizzle128 = 3, promote256 = 3, fillZero = 0;

/// CUtensorMapDataType. Of FLOAT, the cores would cut off what tf32 does not
/// hold; a copy of TFLOAT32 rounds it.
int elementType(uint32_t type) {
  constexpr int float16 = 6, bfloat16 = 9, tfloat32 = 11;
  return type == floatType     ? tfloat32
         : type == float16Type ? float16
                               : bfloat16;
}

sinter_status valueOf(const sinter_map_size &size, const DeviceLaunch &launch,
                      int64_t &value, sinter_error *error) {
  value = size.factor;
  if (size.size != SINTER_NONE &&
      __builtin_mul_overflow(value, launch.sizes[size.size], &value))
    return fail(error, SINTER_STATUS_SHAPE, "kernel '%s': %s", launch.name,
                text(SizeError::Overflow));
  return SINTER_STATUS_OK;
}

/// Drivers up to this one set a bit of small images that makes copies wrong.
constexpr int lastWithImageFault = 13010;
constexpr uint64_t smallImage = 128 << 10, imageFault = 1 << 21;

void mendImage(const Driver &driver, const MapValues &values, uint32_t rank,
               TensorMap &result) {
  int version = 0;
  uint64_t bytes = values.dims[rank - 1] * values.strides[rank - 2];
  if (driver.version(&version) != 0 || version > lastWithImageFault ||
      bytes >= smallImage)
    return;
  uint64_t word = 0;
  char *at = reinterpret_cast<char *>(&result) + sizeof(word);
  std::memcpy(&word, at, sizeof(word));
  word &= ~imageFault;
  std::memcpy(at, &word, sizeof(word));
}

Result encode(const Driver &driver, const sinter_tensor_map &map,
              const MapValues &values, TensorMap &result) {
  const int type = elementType(map.type);
  auto *memory = reinterpret_cast<void *>(uintptr_t(values.memory));
  if (map.pixels == 0)
    return driver.encodeTiled(&result, type, map.rank, memory, values.dims,
                              values.strides, map.box, map.steps, noInterleave,
                              swizzle128, promote256, fillZero);
  Result code = driver.encodeImage(
      &result, type, map.rank, memory, values.dims, values.strides, map.lower,
      map.upper, map.box[0], map.pixels, map.steps, noInterleave, swizzle128,
      promote256, fillZero);
  if (code == 0)
    mendImage(driver, values, map.rank, result);
  return code;
}

} // namespace

sinter_status sinter::runtime::cuda::evaluate(const sinter_tensor_map &map,
                                              const DeviceLaunch &launch,
                                              MapValues &values,
                                              sinter_error *error) {
  values.memory = pointerOf(static_cast<char *>(launch.buffers[map.buffer])) +
                  Pointer(map.offset);
  if (values.memory % alignment != 0)
    return fail(error, SINTER_STATUS_BAD_MODEL,
                "kernel '%s': a tensor map begins at no multiple of %d bytes",
                launch.name, int(alignment));
  for (uint32_t i = 0; i < map.rank; ++i) {
    int64_t dim = 0, stride = alignment;
    if (sinter_status status = valueOf(map.dims[i], launch, dim, error))
      return status;
    if (i != 0)
      if (sinter_status status = valueOf(map.strides[i], launch, stride, error))
        return status;
    // Nothing is copied from a matrix without elements.
    if (dim == 0 && map.pixels == 0)
      dim = 1;
    if (stride == 0 && map.pixels == 0)
      stride = alignment;
    if (dim < 1 || dim > mostDim)
      return fail(error, SINTER_STATUS_SHAPE,
                  "kernel '%s': a tensor map has a dim of %lld, expected one "
                  "in 1..%lld",
                  launch.name, (long long)dim, (long long)mostDim);
    if (stride < alignment || stride >= strideEnd || stride % alignment != 0)
      return fail(error, SINTER_STATUS_SHAPE,
                  "kernel '%s': a tensor map has a stride of %lld bytes, "
                  "expected a multiple of %d below %lld",
                  launch.name, (long long)stride, int(alignment),
                  (long long)strideEnd);
    values.dims[i] = uint64_t(dim);
    if (i != 0)
      values.strides[i - 1] = uint64_t(stride);
  }
  return SINTER_STATUS_OK;
}

sinter_status sinter::runtime::cuda::makeMaps(const CudaDevice &device,
                                              const DeviceLaunch &launch,
                                              TensorMap *maps,
                                              sinter_error *error) {
  for (const sinter_tensor_map &map : device.kernel(launch.kernel).maps) {
    MapValues values;
    if (sinter_status status = evaluate(map, launch, values, error))
      return status;
    if (Result result = encode(device.driver, map, values, *maps++)) {
      char what[256];
      std::snprintf(what, sizeof(what), "kernel '%s': a tensor map",
                    launch.name);
      return device.check(result, what, error);
    }
  }
  return SINTER_STATUS_OK;
}
