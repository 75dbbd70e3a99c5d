// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CUDA_TENSORMAPS_H
#define SINTER_RUNTIME_CUDA_TENSORMAPS_H

#include "CudaDevice.h"

namespace sinter::runtime::cuda {

/// What a tensor map says in a launch.
struct MapValues {
  Pointer memory = 0; // of the first element
  uint64_t dims[SINTER_MAP_RANK] = {};
  uint64_t strides[SINTER_MAP_RANK - 1] = {}; // bytes, from that of dim 1 on
};

/// The launch has the operands that the map names. Fails with what the driver
/// would refuse: SHAPE for sizes, BAD_MODEL for an address.
sinter_status evaluate(const sinter_tensor_map &map, const DeviceLaunch &launch,
                       MapValues &values, sinter_error *error);

/// Makes the tensor maps of the launch's kernel, at most SINTER_MAP_COUNT, in
/// the GPU's context, which is the thread's. They may be copied.
sinter_status makeMaps(const CudaDevice &device, const DeviceLaunch &launch,
                       TensorMap *maps, sinter_error *error);

} // namespace sinter::runtime::cuda
#endif
