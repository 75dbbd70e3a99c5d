// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Imports the models that the repository does not hold.
#include "test/compiler/OnnxImportSupport.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

using namespace sinter::onnx::test;

namespace {

std::filesystem::path modelsDir() {
  return std::filesystem::path(SINTER_SHARED_DIR) / "data" / "models";
}

} // namespace

TEST_CASE("every model imports or says by number why not") {
  if (!std::filesystem::exists(modelsDir())) {
    WARN("skipped: no models in SINTER_SHARED_DIR");
    return;
  }
  size_t imported = 0;
  for (const auto &entry : std::filesystem::directory_iterator(modelsDir())) {
    std::filesystem::path path = entry.path() / "model.onnx";
    if (!std::filesystem::exists(path))
      continue;
    INFO(path.string());
    Imported result = importFile(path.string());
    CHECK(result.errors.empty() == !result.text.empty());
    for (const sinter::Error &error : result.errors) {
      INFO(error.message);
      CHECK(error.number >= 100);
      CHECK(sinter::errorClass(error.number) != sinter::ErrorClass::internal);
    }
    imported += result.errors.empty();
    if (std::getenv("SINTER_LIST_ERRORS"))
      for (const sinter::Error &error : result.errors)
        WARN(entry.path().filename().string() << ": " << error.message);
  }
  CHECK(imported >= 19);
}

TEST_CASE("these models import") {
  if (!std::filesystem::exists(modelsDir())) {
    WARN("skipped: no models in SINTER_SHARED_DIR");
    return;
  }
  auto name = GENERATE("mnist-8", "mlperf-tiny-resnet8", "acasxu-1-1");
  Imported result = importFile((modelsDir() / name / "model.onnx").string());
  INFO(name);
  for (const sinter::Error &error : result.errors)
    UNSCOPED_INFO(error.message);
  CHECK(result.errors.empty());
  CHECK(result.text.find("func.func @main") != std::string::npos);
}
