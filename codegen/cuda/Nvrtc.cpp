// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Nvrtc.h"

#include <dlfcn.h>
#include <mutex>

namespace sinter::cuda {
namespace {

/// Where it may be: first where the dynamic linker looks.
constexpr const char *paths[] = {"libnvrtc.so.13",
                                 "libnvrtc.so.12",
                                 "/usr/local/cuda/lib64/libnvrtc.so.13",
                                 "/usr/local/cuda/lib/libnvrtc.so.13",
                                 "/usr/local/cuda/lib64/libnvrtc.so.12",
                                 "/usr/local/cuda/lib/libnvrtc.so.12"};

void *open(std::string &error) {
  for (const char *path : paths) {
    if (void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL))
      return library;
    if (error.empty())
      error = dlerror();
  }
  return nullptr;
}

} // namespace

bool Nvrtc::load(std::string &error) {
  void *library = open(error);
  if (!library)
    return false;
  auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(
        dlsym(library, name));
    if (!function)
      error = std::string("it has no ") + name;
    return function != nullptr;
  };
  return find(create, "nvrtcCreateProgram") &&
         find(destroy, "nvrtcDestroyProgram") &&
         find(compile, "nvrtcCompileProgram") &&
         find(logSize, "nvrtcGetProgramLogSize") &&
         find(log, "nvrtcGetProgramLog") &&
         find(cubinSize, "nvrtcGetCUBINSize") && find(cubin, "nvrtcGetCUBIN");
}

const Nvrtc *Nvrtc::get(std::string &error) {
  static std::mutex mutex;
  static Nvrtc library;
  static bool isLoaded = false;
  std::lock_guard lock(mutex);
  isLoaded = isLoaded || library.load(error);
  return isLoaded ? &library : nullptr;
}

} // namespace sinter::cuda
