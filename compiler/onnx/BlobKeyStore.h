// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A BlobStore as passes see it: the key of a constant is the decimal BlobKey.
#pragma once

#include "compiler/onnx/BlobStore.h"
#include "dialects/graph/ConstantStore.h"
#include <mutex>

namespace sinter::onnx {

class BlobKeyStore final : public graph::ConstantStore {
public:
  BlobKeyStore(mlir::Dialect *dialect, BlobStore &store)
      : ConstantStore(dialect), store(store) {}

  /// Makes the constants of a context those of `store`, which must live as
  /// long as passes run; nobody else may add to it meanwhile.
  static void attach(mlir::MLIRContext &context, BlobStore &store) {
    auto *dialect = context.getOrLoadDialect<graph::GraphDialect>();
    dialect->addInterface(std::make_unique<BlobKeyStore>(dialect, store));
  }

  static graph::BlobAttr keyOf(mlir::MLIRContext *context, BlobKey key) {
    return graph::BlobAttr::get(context,
                                std::to_string(static_cast<uint64_t>(key)));
  }

  std::optional<llvm::ArrayRef<char>> bytes(graph::BlobAttr key) override {
    uint64_t number;
    std::lock_guard lock(mutex);
    if (key.getKey().getAsInteger(10, number) ||
        !store.contains(BlobKey(number)))
      return std::nullopt;
    std::span<const std::byte> blob = store.bytes(BlobKey(number));
    return llvm::ArrayRef(reinterpret_cast<const char *>(blob.data()),
                          blob.size());
  }

  graph::BlobAttr add(std::vector<char> bytes, mlir::Type element) override {
    auto *data = reinterpret_cast<const std::byte *>(bytes.data());
    std::lock_guard lock(mutex);
    return keyOf(element.getContext(),
                 store.addOwned({data, data + bytes.size()}));
  }

private:
  BlobStore &store;
  std::mutex mutex;
};

} // namespace sinter::onnx
