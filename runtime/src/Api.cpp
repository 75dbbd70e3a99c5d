// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C functions: argument checks and handles, nothing else.
#include "Executor.h"
#include "Status.h"

using namespace sinter::runtime;

struct sinter_model {
  std::shared_ptr<const Model> model;
};

struct sinter_context {
  Executor executor;
};

namespace {

sinter_status null(sinter_error *error) {
  return fail(error, SINTER_STATUS_BAD_ARGUMENT, "an argument is NULL");
}

sinter_status describe(const Array<sinter_info> &infos, size_t index,
                       sinter_info *info) {
  if (!info || index >= infos.size())
    return SINTER_STATUS_BAD_ARGUMENT;
  *info = infos[index];
  return SINTER_STATUS_OK;
}

} // namespace

sinter_status sinter_model_open(const char *path, sinter_model **result,
                                sinter_error *error) {
  const sinter_open_options options = {sizeof(options), nullptr, nullptr, 0};
  return sinter_model_open_with(path, &options, result, error);
}

sinter_status sinter_model_open_with(const char *path,
                                     const sinter_open_options *options,
                                     sinter_model **result,
                                     sinter_error *error) {
  if (result)
    *result = nullptr;
  if (!path || !options || !result)
    return null(error);
  if (options->struct_size != sizeof(*options))
    return fail(error, SINTER_STATUS_BAD_ARGUMENT,
                "options have %zu bytes, this runtime knows %zu",
                options->struct_size, sizeof(*options));
  return guarded(error, [&] {
    std::shared_ptr<Model> model;
    if (sinter_status status = Model::open(path, *options, model, error))
      return status;
    *result = new sinter_model{std::move(model)};
    return SINTER_STATUS_OK;
  });
}

void sinter_model_close(sinter_model *model) { delete model; }

size_t sinter_model_input_count(const sinter_model *model) {
  return model ? model->model->inputs().size() : 0;
}

size_t sinter_model_output_count(const sinter_model *model) {
  return model ? model->model->outputs().size() : 0;
}

sinter_status sinter_model_input_info(const sinter_model *model, size_t index,
                                      sinter_info *info) {
  return model ? describe(model->model->inputs(), index, info)
               : SINTER_STATUS_BAD_ARGUMENT;
}

sinter_status sinter_model_output_info(const sinter_model *model, size_t index,
                                       sinter_info *info) {
  return model ? describe(model->model->outputs(), index, info)
               : SINTER_STATUS_BAD_ARGUMENT;
}

const char *sinter_model_compiler(const sinter_model *model) {
  return model ? model->model->compiler() : "";
}

const sinter_model_descriptor *
sinter_model_get_descriptor(const sinter_model *model) {
  return model ? &model->model->head() : nullptr;
}

sinter_status sinter_context_create(const sinter_model *model, uint32_t threads,
                                    sinter_context **result,
                                    sinter_error *error) {
  if (result)
    *result = nullptr;
  if (!model || !result)
    return null(error);
  return guarded(error, [&]() -> sinter_status {
    if (sinter_status status = Model::openDevice(model->model, error))
      return status;
    auto context = std::unique_ptr<sinter_context>(
        new sinter_context{Executor(model->model)});
    uint32_t count = threads ? threads : defaultThreads();
    if (sinter_status status = context->executor.start(count, error))
      return status;
    *result = context.release();
    return SINTER_STATUS_OK;
  });
}

void sinter_context_destroy(sinter_context *context) { delete context; }

uint32_t sinter_context_threads(const sinter_context *context) {
  return context ? context->executor.threads() : 0;
}

sinter_status sinter_context_set_profile(sinter_context *context,
                                         sinter_profile profile, void *user) {
  if (!context)
    return SINTER_STATUS_BAD_ARGUMENT;
  context->executor.profile = {profile, user};
  return SINTER_STATUS_OK;
}

sinter_status sinter_context_set_log(sinter_context *context, sinter_log log,
                                     void *user) {
  if (!context)
    return SINTER_STATUS_BAD_ARGUMENT;
  context->executor.log = {log, user};
  return SINTER_STATUS_OK;
}

void sinter_context_cancel(sinter_context *context, int on) {
  if (context)
    context->executor.cancel(on != 0);
}

sinter_status sinter_context_output_to_dlpack(sinter_context *context,
                                              size_t index,
                                              struct DLManagedTensor **result,
                                              sinter_error *error) {
  if (result)
    *result = nullptr;
  if (!context || !result)
    return null(error);
  return guarded(error, [&] {
    return context->executor.giveOutput(index, *result, error);
  });
}

sinter_status sinter_context_set_input(sinter_context *context, size_t index,
                                       const sinter_tensor *tensor,
                                       sinter_error *error) {
  if (!context || !tensor)
    return null(error);
  return guarded(
      error, [&] { return context->executor.setInput(index, *tensor, error); });
}

sinter_status sinter_context_keep_input(sinter_context *context, size_t index,
                                        const sinter_tensor *tensor,
                                        sinter_error *error) {
  if (!context || !tensor)
    return null(error);
  return guarded(error, [&] {
    return context->executor.keepInput(index, *tensor, error);
  });
}

sinter_status sinter_context_set_stream(sinter_context *context, void *stream,
                                        sinter_error *error) {
  if (!context)
    return null(error);
  return guarded(error,
                 [&] { return context->executor.setStream(stream, error); });
}

sinter_status sinter_context_run(sinter_context *context,
                                 const sinter_tensor *inputs,
                                 size_t input_count, sinter_tensor *outputs,
                                 size_t output_count, sinter_error *error) {
  if (!context || (!inputs && input_count != 0) ||
      (!outputs && output_count != 0))
    return null(error);
  return guarded(error, [&] {
    std::span<sinter_tensor> results(outputs, output_count);
    if (!inputs)
      return context->executor.runStored(results, error);
    return context->executor.run({inputs, input_count}, results, error);
  });
}
