// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RAII over runtime.h for C++20: header only, throws nothing itself.
// Ownership, units and thread-safety are those of the C functions.
#ifndef SINTER_RUNTIME_HPP
#define SINTER_RUNTIME_HPP

#include <memory>
#include <optional>
#include <span>

#include "sinter/expected.hpp"
#include "sinter/runtime.h"

namespace sinter {

// Owns a sinter_context.
class Context {
public:
  // Sets the data, dims and bytes of `outputs`; see sinter_context_run.
  Expected<Unit> run(std::span<const sinter_tensor> inputs,
                     std::span<sinter_tensor> outputs) {
    sinter_error error = {};
    if (sinter_context_run(handle.get(), inputs.data(), inputs.size(),
                           outputs.data(), outputs.size(), &error))
      return error;
    return Unit{};
  }
  Expected<Unit> setInput(size_t index, const sinter_tensor &tensor) {
    sinter_error error = {};
    if (sinter_context_set_input(handle.get(), index, &tensor, &error))
      return error;
    return Unit{};
  }
  Expected<Unit> keepInput(size_t index, const sinter_tensor &tensor) {
    sinter_error error = {};
    if (sinter_context_keep_input(handle.get(), index, &tensor, &error))
      return error;
    return Unit{};
  }
  // A CUstream or cudaStream_t, or SINTER_OWN_STREAM; see
  // sinter_context_set_stream.
  Expected<Unit> setStream(void *stream) {
    sinter_error error = {};
    if (sinter_context_set_stream(handle.get(), stream, &error))
      return error;
    return Unit{};
  }
  // `profile` may be NULL; see sinter_context_set_profile.
  void setProfile(sinter_profile profile, void *user) {
    sinter_context_set_profile(handle.get(), profile, user);
  }
  // `log` may be NULL; see sinter_context_set_log.
  void setLog(sinter_log log, void *user) {
    sinter_context_set_log(handle.get(), log, user);
  }
  // From any thread; see sinter_context_cancel.
  void cancel(bool on = true) { sinter_context_cancel(handle.get(), on); }
  // The caller ends its life with its deleter.
  Expected<DLManagedTensor *> outputToDLPack(size_t index) {
    DLManagedTensor *tensor = nullptr;
    sinter_error error = {};
    if (sinter_context_output_to_dlpack(handle.get(), index, &tensor, &error))
      return error;
    return tensor;
  }
  uint32_t threads() const { return sinter_context_threads(handle.get()); }
  sinter_context *get() const { return handle.get(); }

private:
  friend class Model;
  struct Destroy {
    void operator()(sinter_context *p) const { sinter_context_destroy(p); }
  };
  explicit Context(sinter_context *context) : handle(context) {}
  std::unique_ptr<sinter_context, Destroy> handle;
};

// Owns a handle of a sinter_model.
class Model {
public:
  static Expected<Model> open(const char *path) {
    sinter_model *model = nullptr;
    sinter_error error = {};
    if (sinter_model_open(path, &model, &error))
      return error;
    return Model(model);
  }
  // `options.struct_size` is set here.
  static Expected<Model> open(const char *path, sinter_open_options options) {
    sinter_model *model = nullptr;
    sinter_error error = {};
    options.struct_size = sizeof(options);
    if (sinter_model_open_with(path, &options, &model, &error))
      return error;
    return Model(model);
  }
  Expected<Context> createContext(uint32_t threads = 0) const {
    sinter_context *context = nullptr;
    sinter_error error = {};
    if (sinter_context_create(handle.get(), threads, &context, &error))
      return error;
    return Context(context);
  }
  size_t inputCount() const { return sinter_model_input_count(handle.get()); }
  size_t outputCount() const { return sinter_model_output_count(handle.get()); }
  // Nothing if there is no such index.
  std::optional<sinter_info> input(size_t index) const {
    sinter_info info;
    if (sinter_model_input_info(handle.get(), index, &info))
      return std::nullopt;
    return info;
  }
  std::optional<sinter_info> output(size_t index) const {
    sinter_info info;
    if (sinter_model_output_info(handle.get(), index, &info))
      return std::nullopt;
    return info;
  }
  const char *compiler() const { return sinter_model_compiler(handle.get()); }
  sinter_model *get() const { return handle.get(); }

private:
  struct Close {
    void operator()(sinter_model *p) const { sinter_model_close(p); }
  };
  explicit Model(sinter_model *model) : handle(model) {}
  std::unique_ptr<sinter_model, Close> handle;
};

// A view of a DLTensor, e.g. `&managed->dl_tensor`.
inline Expected<sinter_tensor> tensorFromDLPack(const void *dlTensor) {
  sinter_tensor tensor = {};
  sinter_error error = {};
  if (sinter_tensor_from_dlpack(dlTensor, &tensor, &error))
    return error;
  return tensor;
}

} // namespace sinter
#endif // SINTER_RUNTIME_HPP
