// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fake driver seen by a test: what it counts, and memory and streams of a
// program beside the runtime.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include <dlfcn.h>

#include "fake_driver.h"
#include "sinter/runtime.hpp"

/// A function of the fake driver, or of another library.
template <typename Function>
Function *find(const char *name, const char *library = "libcuda.so.1") {
  void *driver = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  INFO(dlerror());
  REQUIRE(driver);
  void *function = dlsym(driver, name);
  REQUIRE(function);
  return reinterpret_cast<Function *>(function);
}

inline FakeCalls &calls() { return *find<FakeCalls *()>("fakeCalls")(); }

/// Calls a function of the driver in its context.
template <typename... Arguments>
void call(const char *name, Arguments... arguments) {
  void *popped = nullptr;
  REQUIRE(find<int(void *)>("cuCtxPushCurrent_v2")(&calls()) == 0);
  int result = find<int(Arguments...)>(name)(arguments...);
  REQUIRE(find<int(void **)>("cuCtxPopCurrent_v2")(&popped) == 0);
  REQUIRE(result == 0);
}

/// Floats on the device, which is the host: they can be looked at.
class OnDevice {
public:
  explicit OnDevice(size_t count, float value = -77) : count(count) {
    call("cuMemAlloc_v2", &pointer, 4 * count + 256);
    std::fill(data(), data() + count, value);
  }
  OnDevice(const OnDevice &) = delete;
  ~OnDevice() { call("cuMemFree_v2", pointer); }
  float *data() const { return reinterpret_cast<float *>(uintptr_t(pointer)); }
  std::vector<float> values() const { return {data(), data() + count}; }
  /// `dims` is only needed for inputs.
  sinter_tensor tensor(std::span<const int64_t> dims = {}) const {
    return {data(),
            1,
            int32_t(dims.size()),
            dims.data(),
            4 * count,
            SINTER_MEMORY_DEVICE,
            0};
  }

private:
  size_t count;
  unsigned long long pointer = 0;
};

class Stream {
public:
  Stream() { call("cuStreamCreate", &handle, 1u); }
  Stream(const Stream &) = delete;
  ~Stream() { call("cuStreamDestroy_v2", handle); }
  void finish() const { call("cuStreamSynchronize", handle); }
  void *get() const { return handle; }
  /// As soon as what is before is done.
  void write(const OnDevice &to, const std::vector<float> &values) const {
    call("cuMemcpyHtoDAsync_v2",
         (unsigned long long)reinterpret_cast<uintptr_t>(to.data()),
         (const void *)values.data(), 4 * values.size(), handle);
  }

private:
  void *handle = nullptr;
};

/// Floats in page-locked memory of the host.
class Locked {
public:
  explicit Locked(const std::vector<float> &values) {
    call("cuMemHostAlloc", &pointer, 4 * values.size(), 0u);
    std::copy(values.begin(), values.end(), data());
  }
  Locked(const Locked &) = delete;
  ~Locked() { call("cuMemFreeHost", pointer); }
  float *data() const { return static_cast<float *>(pointer); }

private:
  void *pointer = nullptr;
};

/// Rows for the model of fake_device_model.cpp, and what it makes of them.
struct Rows {
  std::vector<int64_t> dims;
  std::vector<float> x, expected;
  explicit Rows(int64_t rows, float first = 1) : dims{rows, 4} {
    for (int64_t i = 0; i < 4 * rows; ++i) {
      x.push_back(first + float(i));
      expected.push_back(x.back() * float(2 * (i % 4 + 1)) + x.back());
    }
  }
  size_t count() const { return x.size(); }
};

/// Freed at the wrong time, or used too late: looked for when a test ends.
struct NoFaults {
  const unsigned allocations = calls().allocations, faults = calls().faults;
  ~NoFaults() {
    CHECK(calls().allocations == allocations);
    CHECK(calls().faults == faults);
  }
};

inline sinter::Model openModel(const char *path = DEVICE_MODEL) {
  auto model = sinter::Model::open(path);
  INFO(model.message());
  REQUIRE(model.ok());
  return std::move(*model);
}

inline sinter::Context makeContext(const sinter::Model &model) {
  auto context = model.createContext(2);
  INFO(context.message());
  REQUIRE(context.ok());
  return std::move(*context);
}

inline void run(sinter::Context &context, std::span<const sinter_tensor> inputs,
                std::span<sinter_tensor> outputs) {
  auto ran = context.run(inputs, outputs);
  INFO(ran.message());
  REQUIRE(ran.ok());
}
