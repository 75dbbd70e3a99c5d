// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ElementTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "onnx_model.pb.h"

using ::onnx::TensorProto;

namespace sinter::onnx {

mlir::Type elementType(mlir::MLIRContext *context, int32_t dataType) {
  mlir::Builder builder(context);
  auto unsignedType = [&](unsigned width) {
    return builder.getIntegerType(width, /*isSigned=*/false);
  };
  switch (dataType) {
  case TensorProto::FLOAT:
    return builder.getF32Type();
  case TensorProto::DOUBLE:
    return builder.getF64Type();
  case TensorProto::FLOAT16:
    return builder.getF16Type();
  case TensorProto::BFLOAT16:
    return builder.getBF16Type();
  case TensorProto::BOOL:
    return builder.getI1Type();
  case TensorProto::INT8:
    return builder.getIntegerType(8);
  case TensorProto::INT16:
    return builder.getIntegerType(16);
  case TensorProto::INT32:
    return builder.getIntegerType(32);
  case TensorProto::INT64:
    return builder.getIntegerType(64);
  case TensorProto::UINT8:
    return unsignedType(8);
  case TensorProto::UINT16:
    return unsignedType(16);
  case TensorProto::UINT32:
    return unsignedType(32);
  case TensorProto::UINT64:
    return unsignedType(64);
  default:
    return {};
  }
}

int32_t dataTypeOf(mlir::Type element) {
  for (int32_t type = TensorProto::DataType_MIN;
       type <= TensorProto::DataType_MAX; ++type)
    if (elementType(element.getContext(), type) == element)
      return type;
  return TensorProto::UNDEFINED;
}

mlir::FailureOr<graph::DimAttr> bytesOf(mlir::Type tensor) {
  mlir::FailureOr<llvm::SmallVector<graph::DimAttr>> factors =
      graph::dimsOf(tensor);
  if (mlir::failed(factors))
    return mlir::failure();
  mlir::Type element = mlir::getElementTypeOrSelf(tensor);
  int64_t bytes = element.isIntOrFloat()
                      ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                      : 16; // the largest other one is a complex number
  factors->push_back(graph::DimAttr::constant(tensor.getContext(), bytes));
  return graph::product(tensor.getContext(), *factors);
}

std::vector<std::byte> bytesOf(double value, mlir::Type element) {
  llvm::APInt bits;
  llvm::APFloat number(value);
  if (auto real = mlir::dyn_cast<mlir::FloatType>(element)) {
    bool losesInfo;
    number.convert(real.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                   &losesInfo);
    bits = number.bitcastToAPInt();
  } else if (element.isInteger(1)) {
    bits = llvm::APInt(1, number.isNonZero());
  } else {
    llvm::APSInt integer(element.getIntOrFloatBitWidth(),
                         element.isUnsignedInteger());
    bool isExact;
    number.convertToInteger(integer, llvm::APFloat::rmTowardZero, &isExact);
    bits = integer;
  }
  uint64_t word = bits.getZExtValue();
  size_t size = (element.getIntOrFloatBitWidth() + 7) / 8;
  auto *first = reinterpret_cast<const std::byte *>(&word);
  return {first, first + size};
}

} // namespace sinter::onnx
