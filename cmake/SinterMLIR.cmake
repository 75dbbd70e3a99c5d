# Finds LLVM, MLIR and lld 22 and defines the helpers that the layers above the runtime use.
set(ZLIB_USE_STATIC_LIBS ${SINTER_STATIC}) # LLVM's package looks for it, too
find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "Sinter needs LLVM 22; found ${LLVM_PACKAGE_VERSION}")
endif()
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

add_library(sinter_mlir INTERFACE)
target_include_directories(sinter_mlir SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_compile_definitions(sinter_mlir INTERFACE ${LLVM_DEFINITIONS_LIST})
if(SINTER_STATIC)
  find_package(ZLIB REQUIRED)
  find_library(SINTER_ZSTD libzstd.a REQUIRED)
  file(GLOB archives ${LLVM_LIBRARY_DIR}/libMLIR*.a ${LLVM_LIBRARY_DIR}/libLLVM*.a)
  target_link_libraries(sinter_mlir INTERFACE ${archives} ZLIB::ZLIB ${SINTER_ZSTD} m ${CMAKE_DL_LIBS})
  # What Debian's archives want of Polly, nobody calls.
  target_link_options(sinter_mlir INTERFACE LINKER:--gc-sections LINKER:--defsym=_Z18getPollyPluginInfov=0)
else()
  target_link_libraries(sinter_mlir INTERFACE MLIR LLVM)
endif()

get_filename_component(SINTER_SOURCE_DIR ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)

# sinter_tablegen(<file.td> <output> <generator>...): one generated file. A later
# add_public_tablegen_target collects the outputs of the directory in a target.
macro(sinter_tablegen td output)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${output} ${ARGN} EXTRA_INCLUDES ${MLIR_INCLUDE_DIRS} ${SINTER_SOURCE_DIR})
endmacro()
