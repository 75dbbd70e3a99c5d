// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs compiled models at the same time, each in a context of its own:
//   RunModels THREADS [--short] model.so [NAME=2x3:FILE ...] [model.so ...]
// where FILE has the bytes of the input of these dims. It is built with a
// sanitizer, as its models are. --short makes the memory of inputs a byte
// shorter than is said, which the sanitizer has to find.
#include "sinter/runtime.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Job {
  std::string path;
  std::map<std::string, std::string> inputs; // "2x3:FILE" by name
  bool isDone = false;
};

/// An input of a size of its own on the heap, so that its ends are seen.
struct Input {
  std::vector<int64_t> dims;
  std::unique_ptr<char[]> data;
  sinter_tensor tensor{};

  Input(int32_t type, const std::string &text, bool isShort) {
    const size_t colon = text.find(':');
    for (size_t at = 0; at < colon; at = text.find_first_of("x:", at) + 1)
      dims.push_back(std::atoll(text.c_str() + at));
    const std::string path = text.substr(colon + 1);
    const auto bytes = size_t(std::filesystem::file_size(path));
    data = std::make_unique<char[]>(bytes - isShort);
    std::ifstream(path, std::ios::binary)
        .read(data.get(), std::streamsize(bytes - isShort));
    tensor = {data.get(), type, int32_t(dims.size()), dims.data(), bytes};
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
    auto found = job.inputs.find(info.name);
    if (found == job.inputs.end()) {
      std::fprintf(stderr, "%s: no input %s\n", job.path.c_str(), info.name);
      return false;
    }
    inputs.emplace_back(info.type, found->second, isShort);
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
    const char *equals = std::strchr(argv[i], '=');
    if (!std::strcmp(argv[i], "--short"))
      isShort = true;
    else if (!equals)
      jobs.push_back({argv[i], {}});
    else if (!jobs.empty())
      jobs.back().inputs[std::string(argv[i], size_t(equals - argv[i]))] =
          equals + 1;
  }
  if (jobs.empty()) {
    std::fprintf(stderr,
                 "usage: RunModels THREADS model.so [NAME=DIMS:FILE] ...\n");
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
