// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the descriptor of an artifact says of kernels for a GPU.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "compiler/Artifact.h"
#include "llvm/IR/Constants.h"

using namespace sinter;

namespace {

sinter_tensor_map makeMap(uint32_t buffer) {
  sinter_tensor_map map = {};
  map.buffer = buffer;
  map.type = 1;
  map.rank = 2;
  map.dims[0] = {64, SINTER_NONE, 0};
  map.dims[1] = {1, 0, 0};
  map.strides[1] = {256, SINTER_NONE, 0};
  return map;
}

llvm::Constant *initializerOf(llvm::Constant *pointer) {
  auto *global = llvm::dyn_cast<llvm::GlobalVariable>(pointer);
  REQUIRE(global);
  CHECK(global->getAlign().valueOrOne() >= llvm::Align(8));
  return global->getInitializer();
}

uint64_t integer(llvm::Constant *entry, unsigned field) {
  return llvm::cast<llvm::ConstantInt>(entry->getAggregateElement(field))
      ->getZExtValue();
}

} // namespace

TEST_CASE("kernels for a GPU have their tensor maps") {
  const std::vector<sinter_tensor_map> maps = {makeMap(0), makeMap(1)};
  KernelSet kernels;
  CHECK(kernels.add("with", "a", {256, 1024, 0, 7, maps}) == 0);
  CHECK(kernels.add("without", "b", {128}) == 1);
  CHECK(kernels.add("with", "c", {256, 1024, 0, 7, maps}) == 0);
  Plan plan;
  plan.deviceKernels = kernels.take();
  REQUIRE(plan.deviceKernels.size() == 2);
  const DeviceImages images = {{'x'}, {'y', 'z'}};
  const cpu::Target target;
  llvm::LLVMContext context;
  llvm::Module module("descriptor", context);
  addDescriptor(module, plan, {target, "sm_90a", images, Precision::fp32},
                {"sinter_model_query", {}, ""});
  llvm::Constant *entries =
      initializerOf(module.getNamedGlobal("device_kernels"));
  llvm::Constant *with = entries->getAggregateElement(0u);
  llvm::Constant *without = entries->getAggregateElement(1u);
  CHECK(module.getDataLayout().getTypeAllocSize(with->getType()) ==
        sizeof(sinter_device_kernel));
  CHECK((integer(with, 2) == 256 && integer(with, 5) == 7));
  CHECK(integer(with, 7) == 2);
  auto *bytes = llvm::dyn_cast<llvm::ConstantDataArray>(
      initializerOf(with->getAggregateElement(6)));
  REQUIRE(bytes);
  const llvm::StringRef expected(reinterpret_cast<const char *>(maps.data()),
                                 maps.size() * sizeof(sinter_tensor_map));
  CHECK((bytes->getRawDataValues() == expected));
  CHECK(without->getAggregateElement(6)->isNullValue());
  CHECK(integer(without, 7) == 0);
}
