// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/DeviceCode.h"

#include "codegen/cuda/Emit.h"
#include "compiler/KernelJobs.h"

namespace sinter {

Result<DeviceImages> compileDevice(const std::vector<KernelSource> &sources,
                                   const cuda::Target &target, unsigned jobs,
                                   std::vector<KernelTime> &times) {
  std::string reason;
  if (!sources.empty() && !cuda::hasCompiler(reason)) {
    Error error = makeError<errors::E0310>(reason);
    error.note = "install NVRTC 12 or 13, for instance the package "
                 "cuda-nvrtc-13-0 of NVIDIA's repository or the wheel "
                 "nvidia-cuda-nvrtc of PyPI, and let LD_LIBRARY_PATH name its "
                 "folder";
    return error;
  }
  DeviceImages images(sources.size());
  size_t before = times.size();
  for (const KernelSource &source : sources)
    times.push_back({source.label, source.stages});
  Status status = forEachKernel(sources, jobs, [&](size_t number) -> Status {
    ThreadTimer timer(times[before + number].code);
    std::string error;
    auto image = cuda::generateCode(sources[number].code, target, error);
    if (failed(image))
      return makeError<errors::E0311>(sources[number].label, error);
    images[number] = std::move(*image);
    return Success();
  });
  if (!status)
    return std::move(status).error();
  return images;
}

} // namespace sinter
