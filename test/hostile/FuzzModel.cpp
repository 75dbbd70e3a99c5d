// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: bytes are a model file, which goes through the compiler up to the
// plan. SINTER_FUZZ_STAGE names another last stage.
#include "WireMutator.h"
#include "sinter/Compiler.h"
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

/// A folder of its own, with an external file beside the model.
class Folder {
public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "fuzz-XXXXXX";
    if (!mkdtemp(name.data()))
      std::abort();
    path = name;
    std::ofstream(path / "data.bin", std::ios::binary) << std::string(256, 1);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

const char *lastStage() {
  const char *stage = std::getenv("SINTER_FUZZ_STAGE");
  return stage ? stage : "plan";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  const std::string model = folder.path / "model.onnx";
  std::ofstream(model, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char *>(data), std::streamsize(size));
  sinter::CompileOptions options;
  options.march = "x86-64-v3";
  options.stopAfter = lastStage();
  options.jobs = 1;
  options.check = true;
  const sinter::CompileResult result =
      sinter::compileOnnx(model, folder.path / "out", options);
  for (const sinter::Diagnostic &error : result.errors)
    if (error.fault == sinter::Fault::internal || error.message.empty()) {
      std::fprintf(stderr, "E%04d: %s\n", error.number, error.message.c_str());
      std::abort();
    }
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t maxSize, unsigned seed) {
  size_t changed = 0;
  if (seed % 16 != 0)
    changed = sinter::fuzz::mutateMessage({data, maxSize}, size, {}, seed);
  return changed ? changed : LLVMFuzzerMutate(data, size, maxSize);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t size,
                                            const uint8_t *other,
                                            size_t otherSize, uint8_t *out,
                                            size_t maxSize, unsigned seed) {
  if (size > maxSize)
    return 0;
  std::copy(one, one + size, out);
  return sinter::fuzz::mutateMessage({out, maxSize}, size, {other, otherSize},
                                     seed);
}
