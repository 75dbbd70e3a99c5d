// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Artifact.h"

#include "compiler/OutputFile.h"
#include "lld/Common/Driver.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>
#include <filesystem>
#include <mutex>
#include <sys/mman.h>
#include <type_traits>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

namespace sinter {
namespace {

constexpr uint64_t pageBytes = 4096;

constexpr uint64_t checksumStart = 0xcbf29ce484222325u;

/// FNV-1a 64, continued from `hash`.
uint64_t checksum(llvm::ArrayRef<char> bytes, uint64_t hash = checksumStart) {
  for (char byte : bytes)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  return hash;
}

llvm::GlobalVariable *addConstant(llvm::Module &module, llvm::Constant *value,
                                  const char *name) {
  auto *global =
      new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                               llvm::GlobalValue::InternalLinkage, value, name);
  global->setAlignment(llvm::Align(64));
  return global;
}

llvm::Constant *addString(llvm::Module &module, llvm::StringRef text) {
  return addConstant(
      module, llvm::ConstantDataArray::getString(module.getContext(), text),
      "text");
}

/// The kernels are elsewhere in the artifact.
llvm::Constant *declareKernel(llvm::Module &module, const std::string &name) {
  llvm::IRBuilder<> builder(module.getContext());
  llvm::Type *pointer = builder.getPtrTy(), *i64 = builder.getInt64Ty();
  auto *function = llvm::Function::Create(
      llvm::FunctionType::get(builder.getInt32Ty(),
                              {pointer, pointer, pointer, i64, i64}, false),
      llvm::GlobalValue::ExternalLinkage, name, module);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return function;
}

llvm::Constant *addBytes(llvm::Module &module, llvm::ArrayRef<char> bytes,
                         const char *name) {
  return addConstant(module,
                     llvm::ConstantDataArray::getRaw(
                         llvm::StringRef(bytes.data(), bytes.size()),
                         bytes.size(),
                         llvm::Type::getInt8Ty(module.getContext())),
                     name);
}

/// An array of sinter_tensor_map; null if there are none.
llvm::Constant *addMaps(llvm::Module &module,
                        const std::vector<sinter_tensor_map> &maps) {
  static_assert(std::has_unique_object_representations_v<sinter_tensor_map>);
  if (maps.empty())
    return llvm::ConstantPointerNull::get(
        llvm::PointerType::get(module.getContext(), 0));
  return addBytes(module,
                  {reinterpret_cast<const char *>(maps.data()),
                   maps.size() * sizeof(sinter_tensor_map)},
                  "maps");
}

/// An array of sinter_device_kernel.
llvm::Constant *addDeviceKernels(llvm::Module &module, const Plan &plan,
                                 const Machine &machine) {
  llvm::IRBuilder<> builder(module.getContext());
  auto *type = llvm::StructType::get(builder.getPtrTy(), builder.getInt64Ty(),
                                     builder.getInt32Ty(), builder.getInt32Ty(),
                                     builder.getInt32Ty(), builder.getInt32Ty(),
                                     builder.getPtrTy(), builder.getInt64Ty());
  llvm::SmallVector<llvm::Constant *> kernels;
  for (auto [image, source] :
       llvm::zip_equal(machine.images, plan.deviceKernels))
    kernels.push_back(llvm::ConstantStruct::get(
        type, {addBytes(module, image, "cubin"), builder.getInt64(image.size()),
               builder.getInt32(source.block.threads),
               builder.getInt32(source.block.sharedBytes),
               builder.getInt32(source.block.mostBlocks),
               builder.getInt32(source.block.mostBytes),
               addMaps(module, source.block.maps),
               builder.getInt64(source.block.maps.size())}));
  return addConstant(module,
                     llvm::ConstantArray::get(
                         llvm::ArrayType::get(type, kernels.size()), kernels),
                     "device_kernels");
}

void addQuery(llvm::Module &module, llvm::Constant *descriptor,
              const std::string &name) {
  llvm::IRBuilder<> builder(module.getContext());
  auto *pointer = builder.getPtrTy();
  auto *query = llvm::Function::Create(
      llvm::FunctionType::get(pointer, {builder.getInt32Ty()}, false),
      llvm::GlobalValue::ExternalLinkage, name, module);
  query->setVisibility(llvm::GlobalValue::DefaultVisibility);
  query->setDoesNotThrow();
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", query));
  llvm::Value *isKnown = builder.CreateICmpUGE(
      query->getArg(0), builder.getInt32(SINTER_ABI_VERSION));
  builder.CreateRet(builder.CreateSelect(
      isKnown, descriptor, llvm::ConstantPointerNull::get(pointer)));
}

/// A file in memory that lld can open by its path under /proc.
class MemoryFile {
public:
  explicit MemoryFile(const char *name)
      : descriptor(memfd_create(name, MFD_CLOEXEC)) {}
  MemoryFile(MemoryFile &&other) noexcept
      : descriptor(std::exchange(other.descriptor, -1)) {}
  MemoryFile &operator=(MemoryFile &&) = delete;
  ~MemoryFile() {
    if (descriptor >= 0)
      close(descriptor);
  }
  bool write(llvm::ArrayRef<char> bytes) {
    while (!bytes.empty()) {
      ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
      if (written <= 0)
        return false;
      bytes = bytes.drop_front(written);
    }
    return descriptor >= 0;
  }
  std::string path() const {
    return "/proc/self/fd/" + std::to_string(descriptor);
  }

private:
  int descriptor;
};

/// All objects in one file, which has no limit on their number.
Result<MemoryFile> archiveOf(const Objects &objects) {
  std::vector<llvm::NewArchiveMember> members;
  for (const auto &object : objects)
    members.emplace_back(llvm::MemoryBufferRef(
        llvm::StringRef(object.data(), object.size()), "kernel.o"));
  auto archive = llvm::writeArchiveToBuffer(
      members, llvm::SymtabWritingMode::NoSymtab, llvm::object::Archive::K_GNU,
      /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return makeError<errors::E0301>(llvm::toString(archive.takeError()));
  MemoryFile file("objects.a");
  if (!file.write((*archive)->getBuffer()))
    return makeError<errors::E0301>("no memory for the object files");
  return file;
}

constexpr const char *sharedFlags[] = {
    "-shared",       "--build-id=none",  "-z",
    "separate-code", "--hash-style=gnu", "-z",
    "noexecstack",   "--gc-sections",    "-s",
    "--soname=model"};
constexpr const char *relocatableFlags[] = {"-r"};

/// lld keeps state of a link in globals: one link at a time.
Result<std::vector<char>> link(const Objects &objects,
                               llvm::ArrayRef<const char *> flags,
                               const std::string &scratch) {
  Result<MemoryFile> input = archiveOf(objects);
  if (!input)
    return std::move(input).error();
  std::string inputPath = input->path();
  std::vector<const char *> arguments{"ld.lld"};
  llvm::append_range(arguments, flags);
  for (const char *argument :
       {"-o", scratch.c_str(), "--whole-archive", inputPath.c_str()})
    arguments.push_back(argument);
  std::string log;
  llvm::raw_string_ostream stream(log);
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  lld::Result result =
      lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return makeError<errors::E0301>(log);
  auto buffer = llvm::MemoryBuffer::getFile(scratch);
  if (!buffer)
    return makeError<errors::E0301>(buffer.getError().message());
  llvm::StringRef bytes = (*buffer)->getBuffer();
  return std::vector<char>(bytes.begin(), bytes.end());
}

/// Writes the weights, one at a time; adds their bytes to the checksum, if any.
Status writeWeights(OutputFile &file, const Plan &plan, uint64_t *hash) {
  constexpr char zeros[64] = {};
  auto write = [&](llvm::ArrayRef<char> bytes) {
    if (hash)
      *hash = checksum(bytes, *hash);
    return file.write(bytes);
  };
  for (const Weight &weight : plan.weights) {
    const char *data = reinterpret_cast<const char *>(weight.bytes.data());
    const uint64_t end = weight.offset + weight.bytes.size();
    Status status = write({data, weight.bytes.size()});
    if (status)
      status = write({zeros, (end + 63) / 64 * 64 - end});
    if (!status)
      return status;
  }
  return Success();
}

Status writeTrailer(OutputFile &file, const sinter_trailer &trailer) {
  return file.write(
      {reinterpret_cast<const char *>(&trailer), sizeof(trailer)});
}

/// The weights in a file of their own. Gives their checksum.
Status writeExternalWeights(const Plan &plan, const std::string &path,
                            uint64_t &hash) {
  Result<OutputFile> file = OutputFile::create(path);
  if (!file)
    return std::move(file).error();
  hash = checksumStart;
  if (Status status = writeWeights(*file, plan, &hash); !status)
    return status;
  sinter_trailer trailer{};
  trailer.magic = SINTER_WEIGHTS_MAGIC;
  trailer.file_length = plan.weightBytes + sizeof(trailer);
  trailer.checksum = checksumStart;
  trailer.weights_length = plan.weightBytes;
  trailer.weights_checksum = hash;
  if (Status status = writeTrailer(*file, trailer); !status)
    return status;
  return file->commit();
}

const char *nameOf(Precision precision) {
  for (const auto &[name, named] : precisionNames)
    if (named == precision)
      return name;
  llvm_unreachable("no precision");
}

} // namespace

void addDescriptor(llvm::Module &module, const Plan &plan,
                   const Machine &machine, const Symbols &symbols) {
  llvm::LLVMContext &context = module.getContext();
  llvm::IRBuilder<> builder(context);
  std::vector<char> table = plan.table.serialize();
  llvm::Constant *bytes = addBytes(module, table, "plan");
  llvm::SmallVector<llvm::Constant *> functions, features;
  for (const std::string &kernel : symbols.kernels)
    functions.push_back(declareKernel(module, kernel));
  for (const std::string &feature : machine.cpu.requiredFeatures)
    features.push_back(addString(module, feature));
  llvm::PointerType *pointer = builder.getPtrTy();
  features.push_back(llvm::ConstantPointerNull::get(pointer));
  auto pointers = [&](llvm::ArrayRef<llvm::Constant *> values,
                      const char *name) -> llvm::Constant * {
    auto *type = llvm::ArrayType::get(pointer, values.size());
    return addConstant(module, llvm::ConstantArray::get(type, values), name);
  };
  llvm::Constant *fields[] = {
      builder.getInt64(SINTER_MODEL_MAGIC),
      builder.getInt32(SINTER_ABI_VERSION),
      builder.getInt32(sizeof(sinter_model_descriptor)),
      bytes,
      builder.getInt64(table.size()),
      builder.getInt64(checksum(table)),
      builder.getInt64(0),
      builder.getInt64(plan.weightBytes),
      pointers(functions, "kernels"),
      builder.getInt64(functions.size()),
      addString(module, SINTER_VERSION),
      pointers(features, "features"),
      symbols.weightsFile.empty() ? llvm::ConstantPointerNull::get(pointer)
                                  : addString(module, symbols.weightsFile),
      addDeviceKernels(module, plan, machine),
      builder.getInt64(machine.images.size()),
      machine.device.empty() ? llvm::ConstantPointerNull::get(pointer)
                             : addString(module, machine.device),
      addString(module, nameOf(machine.precision))};
  addQuery(
      module,
      addConstant(module, llvm::ConstantStruct::getAnon(fields), "descriptor"),
      symbols.query);
}

Status writeFile(llvm::ArrayRef<char> bytes, const std::string &path) {
  if (path == "-") {
    llvm::outs().write(bytes.data(), bytes.size());
    llvm::outs().flush();
    return Success();
  }
  Result<OutputFile> file = OutputFile::create(path);
  if (!file)
    return std::move(file).error();
  if (Status status = file->write(bytes); !status)
    return status;
  return file->commit();
}

Status writeObject(const Objects &objects, const std::string &path) {
  Result<OutputFile> file = OutputFile::create(path);
  if (!file)
    return std::move(file).error();
  Result<std::vector<char>> code =
      link(objects, relocatableFlags, file->scratchPath());
  if (!code)
    return std::move(code).error();
  if (Status status = file->write(*code); !status)
    return status;
  return file->commit();
}

Status checkExternalWeights(const std::string &path,
                            const CompileOptions &options) {
  namespace fs = std::filesystem;
  const fs::path weights = options.externalWeights;
  if (weights.empty())
    return Success();
  if (options.emit != Emit::so)
    return makeError<errors::E0306>();
  std::error_code code;
  auto folder = [&](const fs::path &file) {
    return fs::weakly_canonical(
        file.parent_path().empty() ? "." : file.parent_path(), code);
  };
  if (!weights.has_filename() || folder(weights) != folder(path) || code ||
      weights.filename() == fs::path(path).filename())
    return makeError<errors::E0305>(options.externalWeights, path);
  return Success();
}

Status writeArtifact(const Objects &objects, const Plan &plan,
                     const std::string &path, const CompileOptions &options) {
  Result<OutputFile> file = OutputFile::create(path);
  if (!file)
    return std::move(file).error();
  llvm::SmallVector<const char *> flags(std::begin(sharedFlags),
                                        std::end(sharedFlags));
  if (options.sanitize == Sanitize::none)
    flags.push_back("--no-undefined");
  Result<std::vector<char>> code = link(objects, flags, file->scratchPath());
  if (!code)
    return std::move(code).error();
  code->resize((code->size() + pageBytes - 1) / pageBytes * pageBytes);
  Status status = file->write(*code);
  if (!status)
    return status;
  sinter_trailer trailer{};
  trailer.magic = SINTER_TRAILER_MAGIC;
  trailer.checksum = checksum(*code);
  trailer.weights_offset = code->size();
  if (options.externalWeights.empty()) {
    trailer.weights_length = plan.weightBytes;
    status = writeWeights(*file, plan, nullptr);
  } else {
    status = writeExternalWeights(plan, options.externalWeights,
                                  trailer.weights_checksum);
  }
  if (!status)
    return status;
  trailer.file_length = code->size() + trailer.weights_length + sizeof(trailer);
  if (status = writeTrailer(*file, trailer); !status)
    return status;
  return file->commit();
}

} // namespace sinter
