// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs compiled models at the same time, each in contexts of its own:
//   RunModels THREADS [--short] model.so [NAME=SIZE ...] [model.so ...]
// It is built with a sanitizer, as its models are. --short makes the memory of
// inputs a byte shorter than is said, which the sanitizer has to find.
#include "sinter/runtime.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Job {
  std::string path;
  std::map<std::string, int64_t> sizes;
  bool isDone = false;
};

/// Bytes of an element of an ONNX data type; what the models of the tests have.
size_t elementBytes(int32_t type) {
  switch (type) {
  case 1: // float
  case 6: // int32
    return 4;
  case 2: // uint8
  case 3: // int8
  case 9: // bool
    return 1;
  case 7:  // int64
  case 11: // double
    return 8;
  default:
    return 2;
  }
}

/// An input of a size of its own on the heap, so that its ends are seen.
struct Input {
  std::vector<int64_t> dims;
  std::unique_ptr<char[]> data;
  sinter_tensor tensor{};

  Input(const sinter_info &info, const std::map<std::string, int64_t> &sizes,
        bool isShort) {
    size_t count = 1;
    for (int32_t i = 0; i < info.rank; ++i) {
      int64_t dim = info.dims[i];
      if (dim < 0) {
        auto size = sizes.find(info.labels[i]);
        dim = size == sizes.end() ? 2 : size->second;
      }
      dims.push_back(dim);
      count *= size_t(dim);
    }
    size_t bytes = count * elementBytes(info.type);
    data = std::make_unique<char[]>(bytes - isShort);
    for (size_t i = 0; info.type == 1 && i + isShort < count; ++i) {
      float value = float((i * 2654435761u) >> 8 & 0xffff) / 32768 - 1;
      std::memcpy(data.get() + 4 * i, &value, 4);
    }
    tensor = {data.get(), info.type, info.rank, dims.data(), bytes};
  }
};

bool report(const Job &job, const sinter_error &error) {
  std::fprintf(stderr, "%s: %s\n", job.path.c_str(), error.message);
  return false;
}

bool run(const Job &job, uint32_t threads, bool isShort) {
  sinter_error error{};
  sinter_model *model = nullptr;
  if (sinter_model_open(job.path.c_str(), &model, &error))
    return report(job, error);
  sinter_context *context = nullptr;
  if (sinter_context_create(model, threads, &context, &error))
    return report(job, error);
  std::vector<Input> inputs;
  for (size_t i = 0; i < sinter_model_input_count(model); ++i) {
    sinter_info info{};
    sinter_model_input_info(model, i, &info);
    inputs.emplace_back(info, job.sizes, isShort);
  }
  std::vector<sinter_tensor> tensors, outputs;
  for (const Input &input : inputs)
    tensors.push_back(input.tensor);
  bool isGood = true;
  for (int repeat = 0; isGood && repeat < 3; ++repeat) {
    outputs.assign(sinter_model_output_count(model), {});
    if (sinter_context_run(context, tensors.data(), tensors.size(),
                           outputs.data(), outputs.size(), &error))
      isGood = report(job, error);
  }
  sinter_context_destroy(context);
  sinter_model_close(model);
  return isGood;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<Job> jobs;
  bool isShort = false;
  for (int i = 2; i < argc; ++i) {
    const char *equals = std::strrchr(argv[i], '=');
    if (!std::strcmp(argv[i], "--short"))
      isShort = true;
    else if (!equals)
      jobs.push_back({argv[i], {}});
    else if (!jobs.empty())
      jobs.back().sizes[std::string(argv[i], size_t(equals - argv[i]))] =
          std::atoll(equals + 1);
  }
  if (jobs.empty()) {
    std::fprintf(stderr, "usage: RunModels THREADS model.so [NAME=SIZE] ...\n");
    return 2;
  }
  const auto threads = uint32_t(std::atoi(argv[1]));
  std::vector<std::thread> running;
  for (Job &job : jobs)
    running.emplace_back(
        [&, threads] { job.isDone = run(job, threads, isShort); });
  bool all = true;
  for (size_t i = 0; i < jobs.size(); ++i) {
    running[i].join();
    all = all && jobs[i].isDone;
  }
  std::printf("%zu models ran\n", jobs.size());
  return all ? 0 : 1;
}
