// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The model of FuzzPlan.cpp: kernels that do nothing, and the plan that it is
// given.
#include "sinter/abi.h"

#define EXPORT __attribute__((visibility("default")))
#define TWICE(x) x, x
#define KERNELS TWICE(TWICE(TWICE(TWICE(TWICE(TWICE(TWICE(TWICE(nothing))))))))

static int32_t nothing(void *const *buffers, const int64_t *sizes,
                       void *scratch, int64_t begin, int64_t end) {
  (void)buffers, (void)sizes, (void)scratch;
  return begin < 0 || begin >= end;
}

static const sinter_kernel kernels[] = {KERNELS};
static sinter_model_descriptor descriptor = {
    .magic = SINTER_MODEL_MAGIC,
    .abi_version = SINTER_ABI_VERSION,
    .struct_size = sizeof(sinter_model_descriptor),
    .kernels = kernels,
    .kernel_count = sizeof(kernels) / sizeof(*kernels),
    .compiler_version = "fuzz",
};

EXPORT void fuzz_set_plan(const void *plan, uint64_t length, uint64_t checksum,
                          uint64_t weights) {
  descriptor.plan = plan;
  descriptor.plan_length = length;
  descriptor.plan_checksum = checksum;
  descriptor.weights_length = weights;
}

EXPORT const sinter_model_descriptor *sinter_model_query(uint32_t version) {
  (void)version;
  return &descriptor;
}
