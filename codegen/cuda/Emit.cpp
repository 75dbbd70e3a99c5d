// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Emit.h"

#include "codegen/cuda/Libraries.h"
#include "codegen/cuda/Nvrtc.h"
#include "llvm/ADT/StringRef.h"

using namespace mlir;
using llvm::SmallVector;
using llvm::StringRef;

namespace sinter::cuda {
namespace {

class Program {
public:
  explicit Program(const Nvrtc &nvrtc) : nvrtc(nvrtc) {}
  Program(const Program &) = delete;
  ~Program() {
    if (program)
      nvrtc.destroy(&program);
  }

  bool create(const std::string &code) {
    SmallVector<const char *> names, texts;
    for (const Header &header : headers()) {
      names.push_back(header.name);
      texts.push_back(header.text);
    }
    return nvrtc.create(&program, code.c_str(), "kernel.cu", names.size(),
                        texts.data(), names.data()) == 0;
  }
  bool compile(const Target &target, bool hasAnyBlocks) {
    std::string arch = "--gpu-architecture=" + target.arch;
    // Sums take in products where the text says so, nowhere else.
    SmallVector<const char *> options = {arch.c_str(), "--std=c++20",
                                         "--fmad=false", "--disable-warnings",
                                         "--ptxas-options=-v"};
    if (target.traps)
      options.push_back("--define-macro=SINTER_TRAPS=4000000000ll"); // clocks
    if (hasAnyBlocks)
      options.push_back("--define-macro=SINTER_ANY_BLOCKS");
    return nvrtc.compile(program, options.size(), options.data()) == 0;
  }
  std::string log() const {
    size_t size = 0;
    if (nvrtc.logSize(program, &size) != 0 || size == 0)
      return "";
    std::string text(size, 0);
    nvrtc.log(program, text.data());
    text.resize(size - 1); // it ends with a NUL
    return text;
  }
  bool cubin(SmallVector<char, 0> &bytes) const {
    size_t size = 0;
    if (nvrtc.cubinSize(program, &size) != 0)
      return false;
    bytes.resize(size);
    return nvrtc.cubin(program, bytes.data()) == 0;
  }

private:
  const Nvrtc &nvrtc;
  Nvrtc::Program program = nullptr;
};

/// Bytes that may be kept on the stack: the slow paths of divisions are calls.
constexpr unsigned smallStack = 32;

/// The line of ptxas's log that tells of slow code; empty if there is none.
StringRef findFault(StringRef log) {
  SmallVector<StringRef> lines;
  log.split(lines, '\n');
  for (StringRef line : lines) {
    if (line.contains("C75"))
      return line.trim();
    auto [before, after] = line.split(" bytes stack frame");
    unsigned bytes = 0;
    if (before.size() != line.size() &&
        (before.rsplit(' ').second.getAsInteger(10, bytes) ||
         bytes > smallStack))
      return line.trim();
  }
  return "";
}

/// The machine code, or an empty one where ptxas tells of slow code: `error`
/// says of which. Fails if there is none.
FailureOr<SmallVector<char, 0>> compile(const Nvrtc &nvrtc,
                                        const std::string &code,
                                        const Target &target, bool hasAnyBlocks,
                                        std::string &error) {
  Program program(nvrtc);
  if (!program.create(code) || !program.compile(target, hasAnyBlocks)) {
    error = program.log();
    return failure();
  }
  std::string log = program.log();
  SmallVector<char, 0> cubin;
  if (StringRef fault = findFault(log); !fault.empty()) {
    error = fault.str();
    return cubin;
  }
  if (!program.cubin(cubin)) {
    error = "NVRTC gives no machine code";
    return failure();
  }
  return cubin;
}

} // namespace

bool hasCompiler(std::string &error) { return Nvrtc::get(error) != nullptr; }

FailureOr<SmallVector<char, 0>> generateCode(const std::string &code,
                                             const Target &target,
                                             std::string &error) {
  const Nvrtc *nvrtc = Nvrtc::get(error);
  if (!nvrtc)
    return failure();
  for (bool hasAnyBlocks : {false, true}) {
    FailureOr<SmallVector<char, 0>> cubin =
        compile(*nvrtc, code, target, hasAnyBlocks, error);
    if (failed(cubin) || !cubin->empty())
      return cubin;
    if (code.find("SINTER_BLOCKS") == std::string::npos)
      break;
  }
  return failure();
}

} // namespace sinter::cuda
