// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceKernels.h"

#include <span>

#include "Status.h"
#include "Types.h"

using namespace sinter::runtime;

namespace {

// The driver's limits.
constexpr uint32_t mostBox = 256, mostStep = 8, mostPixels = 1024;

bool isIn(uint32_t value, uint32_t low, uint32_t high) {
  return low <= value && value <= high;
}

bool isValid(const sinter_tensor_map &map) {
  bool isImage = map.pixels != 0;
  if (!isIn(map.rank, isImage ? 3 : 2, SINTER_MAP_RANK) ||
      map.pixels > mostPixels || map.offset < 0 ||
      (map.type != floatType && map.type != float16Type &&
       map.type != bfloat16Type))
    return false;
  for (uint32_t i = 0; i < map.rank; ++i) {
    bool hasBox = !isImage || i == 0;
    if ((hasBox && !isIn(map.box[i], 1, mostBox)) ||
        !isIn(map.steps[i], 1, mostStep))
      return false;
  }
  return true;
}

bool hasSize(const sinter_op &launch, const sinter_map_size &size) {
  return size.size == SINTER_NONE || size.size < launch.size_count;
}

std::span<const sinter_tensor_map> mapsOf(const sinter_device_kernel &kernel) {
  return {kernel.maps, size_t(kernel.map_count)};
}

} // namespace

sinter_status
sinter::runtime::checkDeviceKernels(const sinter_model_descriptor &model,
                                    const char *path, sinter_error *error) {
  for (uint64_t i = 0; i < model.device_kernel_count; ++i) {
    const sinter_device_kernel &kernel = model.device_kernels[i];
    if (kernel.map_count > SINTER_MAP_COUNT ||
        (kernel.map_count != 0 && !kernel.maps))
      return fail(error, SINTER_STATUS_BAD_MODEL,
                  "%s: the tensor maps of its kernel %llu for a GPU are "
                  "malformed",
                  path, (unsigned long long)i);
    for (const sinter_tensor_map &map : mapsOf(kernel))
      if (!isValid(map))
        return fail(error, SINTER_STATUS_BAD_MODEL,
                    "%s: tensor map %zu of its kernel %llu for a GPU is "
                    "invalid",
                    path, size_t(&map - kernel.maps), (unsigned long long)i);
  }
  return SINTER_STATUS_OK;
}

bool sinter::runtime::hasOperandsOfMaps(const sinter_op &launch,
                                        const sinter_device_kernel &kernel) {
  for (const sinter_tensor_map &map : mapsOf(kernel)) {
    if (map.buffer >= launch.buffer_count)
      return false;
    for (uint32_t i = 0; i < map.rank; ++i)
      if (!hasSize(launch, map.dims[i]) ||
          (i != 0 && !hasSize(launch, map.strides[i])))
        return false;
  }
  return true;
}
