// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter/Session.h"
#include "tools/sinter/Report.h"

namespace sinter::cli {
namespace {

Error openError(const sinter_error &error) {
  switch (error.status) {
  case SINTER_STATUS_IO:
  case SINTER_STATUS_BAD_ARGUMENT:
    return makeError<errors::E0550>(error.message);
  case SINTER_STATUS_BAD_MODEL:
    return errorWithNote<errors::E0551>(
        "`sinter compile model.onnx -o model.so` makes one", error.message);
  case SINTER_STATUS_CPU:
    return errorWithNote<errors::E0552>(
        "compile it for this machine with -march native, or see "
        "`sinter targets`",
        error.message);
  case SINTER_STATUS_VERSION:
  case SINTER_STATUS_UNSUPPORTED:
  case SINTER_STATUS_NO_MEMORY:
    return makeError<errors::E0552>(error.message);
  default:
    return makeError<errors::E0554>(error.message);
  }
}

Error runError(const sinter_error &error) {
  switch (error.status) {
  case SINTER_STATUS_BAD_ARGUMENT:
  case SINTER_STATUS_TYPE:
  case SINTER_STATUS_SHAPE:
  case SINTER_STATUS_TOO_SMALL:
  case SINTER_STATUS_GUARD:
    return makeError<errors::E0553>(error.message);
  case SINTER_STATUS_UNSUPPORTED:
  case SINTER_STATUS_DEVICE:
  case SINTER_STATUS_NO_MEMORY:
    return makeError<errors::E0552>(error.message);
  default:
    return makeError<errors::E0554>(error.message);
  }
}

} // namespace

Result<Session> Session::open(const std::string &path) {
  sinter_model *model = nullptr;
  sinter_error error = {};
  if (sinter_model_open(path.c_str(), &model, &error))
    return openError(error);
  Session session;
  session.model.reset(model);
  return session;
}

Status Session::prepare(uint32_t threads) {
  sinter_context *made = nullptr;
  sinter_error error = {};
  if (sinter_context_create(model.get(), threads, &made, &error))
    return runError(error);
  context.reset(made);
  results.resize(sinter_model_output_count(model.get()));
  return Success{};
}

static sinter_tensor describe(const Tensor &tensor) {
  return {const_cast<std::byte *>(tensor.data.data()),
          tensor.type,
          int32_t(tensor.dims.size()),
          tensor.dims.data(),
          tensor.data.size(),
          SINTER_MEMORY_HOST,
          0};
}

/// On `arguments`, or without inputs on what is kept.
Status Session::runWith(const sinter_tensor *inputs, uint32_t outputMemory) {
  for (sinter_tensor &result : results) {
    result = {};
    result.memory = outputMemory;
  }
  sinter_error error = {};
  if (sinter_context_run(context.get(), inputs, inputs ? arguments.size() : 0,
                         results.data(), results.size(), &error))
    return runError(error);
  return Success{};
}

Status Session::run(std::span<const Tensor> inputs) {
  arguments.clear();
  for (const Tensor &input : inputs)
    arguments.push_back(describe(input));
  return runWith(arguments.data(), SINTER_MEMORY_HOST);
}

Status Session::keepOnDevice(std::span<const Tensor> inputs) {
  sinter_error error = {};
  for (size_t i = 0; i < inputs.size(); ++i)
    if (const sinter_tensor tensor = describe(inputs[i]);
        sinter_context_keep_input(context.get(), i, &tensor, &error))
      return runError(error);
  return Success{};
}

Status Session::runOnDevice() { return runWith(nullptr, SINTER_MEMORY_DEVICE); }

std::vector<int64_t> dimsOf(const sinter_tensor &tensor) {
  return {tensor.dims, tensor.dims + tensor.rank};
}

TensorView viewOf(const sinter_tensor &tensor) {
  return {tensor.type, static_cast<const std::byte *>(tensor.data),
          elementCount(dimsOf(tensor)).value_or(0)};
}

TensorView viewOf(const Tensor &tensor) {
  return {tensor.type, tensor.data.data(),
          elementCount(tensor.dims).value_or(0)};
}

} // namespace sinter::cli
