// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: bytes are a plan with the right checksum, in a model whose kernels
// do nothing. It is opened, and run on inputs of its dims.
#include "runtime/src/File.h"
#include "runtime/src/Plan.h"
#include "sinter/runtime.h"
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

using namespace sinter;

namespace {

constexpr uint64_t weightsLength = 1 << 20;
// More than these, and a run is left: a plan may say that it has no end.
constexpr int mostOps = 2000;
constexpr int64_t mostInputBytes = 1 << 20;

using SetPlan = void (*)(const void *, uint64_t, uint64_t, uint64_t);

/// The library with weights and trailer behind it, in a file without a name.
struct Sealed {
  std::string path;
  SetPlan setPlan = nullptr;

  Sealed() {
    std::ifstream in(FUZZ_PLAN_MODEL, std::ios::binary);
    std::string file(std::istreambuf_iterator<char>(in), {});
    file.resize((file.size() + 4095) / 4096 * 4096);
    sinter_trailer trailer = {};
    trailer.magic = SINTER_TRAILER_MAGIC;
    trailer.weights_offset = file.size();
    trailer.weights_length = weightsLength;
    trailer.file_length = file.size() + weightsLength + sizeof(trailer);
    trailer.checksum = runtime::checksum(file);
    file.resize(file.size() + weightsLength, 1);
    file.append(reinterpret_cast<const char *>(&trailer), sizeof(trailer));
    const int number = int(memfd_create("plan", 0));
    if (number < 0 ||
        write(number, file.data(), file.size()) != ssize_t(file.size()))
      std::abort();
    path = "/proc/self/fd/" + std::to_string(number);
    // The runtime's dlopen of the same file gives the same library.
    if (void *library = dlopen(path.c_str(), RTLD_NOW))
      setPlan = reinterpret_cast<SetPlan>(dlsym(library, "fuzz_set_plan"));
    if (!setPlan)
      std::abort();
  }
};

std::jmp_buf leave;
int opsLeft = 0;

void countOp(void *, uint32_t, uint64_t) {
  if (--opsLeft < 0)
    std::longjmp(leave, 1);
}

/// A loop of nothing cannot be left.
bool hasEmptyLoop(std::span<const char> bytes) {
  sinter_model_descriptor model = {};
  model.kernel_count = 256;
  model.weights_length = weightsLength;
  runtime::Plan plan;
  if (runtime::readPlan(bytes, model, plan, nullptr))
    return false;
  return std::any_of(plan.ops.begin(), plan.ops.end(), [&](const auto &op) {
    return op.kind == SINTER_OP_LOOP && plan.blocks[op.blocks[0]].count == 0;
  });
}

/// Inputs whose symbols are 3; false if one of them is too large.
bool makeInputs(const sinter_model *model,
                std::vector<std::vector<int64_t>> &dims,
                std::vector<std::vector<char>> &data,
                std::vector<sinter_tensor> &tensors) {
  for (size_t i = 0; i < sinter_model_input_count(model); ++i) {
    sinter_info info = {};
    if (sinter_model_input_info(model, i, &info))
      std::abort();
    std::vector<int64_t> own(info.dims, info.dims + info.rank);
    int64_t elements = 1;
    for (int64_t &dim : own) {
      dim = dim < 0 ? 3 : dim;
      if (__builtin_mul_overflow(elements, dim, &elements) ||
          elements > mostInputBytes / 16)
        return false;
    }
    dims.push_back(std::move(own));
    data.emplace_back(size_t(elements) * 16, char(1));
    tensors.push_back({data.back().data(), info.type, info.rank,
                       dims.back().data(), data.back().size()});
  }
  return true;
}

void runModel(const sinter_model *model) {
  std::vector<std::vector<int64_t>> dims;
  std::vector<std::vector<char>> data;
  std::vector<sinter_tensor> inputs;
  std::vector<sinter_tensor> outputs(sinter_model_output_count(model));
  sinter_context *context = nullptr;
  sinter_error error = {};
  if (!makeInputs(model, dims, data, inputs) ||
      sinter_context_create(model, 1, &context, &error))
    return;
  sinter_context_set_profile(context, countOp, nullptr);
  opsLeft = mostOps;
  if (setjmp(leave) == 0)
    for (int repeat = 0; repeat < 2; ++repeat) {
      std::fill(outputs.begin(), outputs.end(), sinter_tensor{});
      if (sinter_context_run(context, inputs.data(), inputs.size(),
                             outputs.data(), outputs.size(), &error) &&
          (error.status == SINTER_STATUS_OK || !error.message[0]))
        std::abort();
    }
  sinter_context_destroy(context);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Sealed sealed;
  std::vector<uint64_t> aligned((size + 7) / 8);
  std::copy(data, data + size, reinterpret_cast<uint8_t *>(aligned.data()));
  const std::span bytes(reinterpret_cast<const char *>(aligned.data()), size);
  if (hasEmptyLoop(bytes))
    return -1;
  sealed.setPlan(bytes.data(), size, runtime::checksum(bytes), weightsLength);
  sinter_model *model = nullptr;
  sinter_error error = {};
  if (sinter_model_open(sealed.path.c_str(), &model, &error)) {
    if (error.status == SINTER_STATUS_OK || !error.message[0])
      std::abort();
    return 0;
  }
  runModel(model);
  sinter_model_close(model);
  return 0;
}
