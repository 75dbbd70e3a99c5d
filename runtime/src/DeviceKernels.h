// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_DEVICEKERNELS_H
#define SINTER_RUNTIME_DEVICEKERNELS_H

#include "sinter/abi.h"
#include "sinter/runtime.h"

namespace sinter::runtime {

/// Checks what the kernels for a GPU say of themselves; `path` is the model's.
/// Afterwards each tensor map has numbers that abi.h allows.
sinter_status checkDeviceKernels(const sinter_model_descriptor &model,
                                 const char *path, sinter_error *error);

/// Whether a launch has the buffers and sizes that the kernel's tensor maps
/// name. The kernel has passed the check.
bool hasOperandsOfMaps(const sinter_op &launch,
                       const sinter_device_kernel &kernel);

} // namespace sinter::runtime
#endif
