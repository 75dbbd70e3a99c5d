// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model of FlowPlan.h; its plan is made when it is loaded.
#include "FlowPlan.h"

namespace {

template <typename T> T *at(void *const *buffers, int index) {
  return static_cast<T *>(buffers[index]);
}

int32_t isAbove(void *const *buffers, const int64_t *sizes, void *, int64_t,
                int64_t) {
  *at<uint8_t>(buffers, 1) = *at<int64_t>(buffers, 0) > sizes[0];
  return 0;
}

int32_t twice(void *const *buffers, const int64_t *sizes, void *, int64_t begin,
              int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    at<float>(buffers, 1)[i] = at<float>(buffers, 1)[i + sizes[0]] =
        at<float>(buffers, 0)[i];
  return 0;
}

int32_t grow(void *const *buffers, const int64_t *sizes, void *, int64_t,
             int64_t) {
  for (int64_t i = 0; i < sizes[0]; ++i)
    at<float>(buffers, 1)[i] = at<float>(buffers, 0)[i];
  at<float>(buffers, 1)[sizes[0]] = float(sizes[0]);
  *at<uint8_t>(buffers, 2) = sizes[0] + 1 < 40;
  return 0;
}

const sinter_kernel kernels[] = {isAbove, twice, grow};

} // namespace

extern "C" __attribute__((visibility("default")))
const sinter_model_descriptor *
sinter_model_query(uint32_t) {
  static const flow::FakeModel head(flow::makePlan(), kernels, 3, "fake flow");
  return &head;
}
