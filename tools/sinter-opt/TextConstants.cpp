// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TextConstants.h"

#include "dialects/graph/ConstantStore.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"
#include <deque>
#include <mutex>

using namespace mlir;
using llvm::ArrayRef;
using llvm::StringRef;

namespace sinter {
namespace {

unsigned byteWidth(Type element) {
  return (element.getIntOrFloatBitWidth() + 7) / 8;
}

std::optional<llvm::APInt> parseElement(StringRef text, Type element) {
  if (auto real = dyn_cast<FloatType>(element)) {
    llvm::APFloat number(real.getFloatSemantics());
    llvm::Expected<llvm::APFloat::opStatus> status =
        number.convertFromString(text, llvm::APFloat::rmNearestTiesToEven);
    if (status)
      return number.bitcastToAPInt();
    llvm::consumeError(status.takeError());
    return std::nullopt;
  }
  int64_t number;
  if (text.getAsInteger(10, number))
    return std::nullopt;
  return llvm::APInt(64, static_cast<uint64_t>(number))
      .trunc(element.getIntOrFloatBitWidth());
}

void printElement(llvm::raw_ostream &os, const llvm::APInt &bits,
                  Type element) {
  if (auto real = dyn_cast<FloatType>(element)) {
    llvm::SmallString<24> text;
    llvm::APFloat(real.getFloatSemantics(), bits).toString(text);
    os << text;
    return;
  }
  bool isSigned = !element.isUnsignedInteger() && !element.isInteger(1);
  bits.print(os, isSigned);
}

class TextConstants : public graph::ConstantStore {
public:
  using ConstantStore::ConstantStore;

  std::optional<ArrayRef<char>> bytes(graph::BlobAttr key) override {
    auto [name, values] = key.getKey().split(':');
    Type element = parseType(name, key.getContext());
    if (!element || !element.isIntOrFloat())
      return std::nullopt;
    std::vector<char> result;
    llvm::SmallVector<StringRef> texts;
    values.split(texts, ',', -1, /*KeepEmpty=*/false);
    for (StringRef text : texts) {
      std::optional<llvm::APInt> bits = parseElement(text.trim(), element);
      if (!bits)
        return std::nullopt;
      const auto *data = reinterpret_cast<const char *>(bits->getRawData());
      result.insert(result.end(), data, data + byteWidth(element));
    }
    std::lock_guard lock(mutex);
    return kept.emplace_back(std::move(result));
  }

  graph::BlobAttr add(std::vector<char> bytes, Type element) override {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << element << ':';
    unsigned width = byteWidth(element);
    for (size_t at = 0; at < bytes.size(); at += width) {
      uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, width);
      if (at != 0)
        os << ',';
      printElement(os,
                   llvm::APInt(64, word).trunc(element.getIntOrFloatBitWidth()),
                   element);
    }
    return graph::BlobAttr::get(element.getContext(), text);
  }

private:
  std::mutex mutex;
  std::deque<std::vector<char>> kept;
};

} // namespace

void registerTextConstants(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, graph::GraphDialect *dialect) {
    dialect->addInterfaces<TextConstants>();
  });
}

} // namespace sinter
