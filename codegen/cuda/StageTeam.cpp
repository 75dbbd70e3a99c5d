// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folds that several threads do together.
#include "codegen/Combining.h"
#include "codegen/cuda/Linear.h"
#include "codegen/cuda/StageTile.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::Twine;

namespace sinter::cuda {

/// How many neighbours along the last reduction each thread of a team reads at
/// once: 1, unless all operands that move with it lie side by side.
int64_t StageTile::chooseTeamLanes(const Team &team) const {
  kernel::StageOp stage = this->stage;
  unsigned last = stage.getNumIterators() - 1;
  int64_t widest = 1;
  for (const Access &input : operands.inputs)
    if (input.stepOf(last) != Step::none)
      widest = std::max(widest, bytesOf(input));
  int64_t points = 1;
  for (unsigned each = stage.getNumParallel(); each <= last; ++each)
    points = llvm::SaturatingMultiply<uint64_t>(
        points, stage.getExtent(each).getConstant().value_or(INT32_MAX));
  int64_t count = team.isAligned ? std::min(packBytes / widest, mostLanes) : 1;
  auto isRead = [&](const Access &input) {
    return input.stepOf(last) == Step::none || input.isPacked(last, count);
  };
  while (count > 1 && (!isMultiple(stage.getExtent(last), count) ||
                       points < team.count * count ||
                       !llvm::all_of(operands.inputs, isRead)))
    count /= 2;
  return count;
}

void StageTile::openPacks(const Team &team) {
  text.line("#pragma unroll");
  text.open("for (int pack = 0; pack < " + Twine(team.packs()) + "; ++pack)");
  std::string pack = "pack * " + std::to_string(team.count) + " + " + team.lane;
  text.line("const idx at = " +
            (team.lanes == 1
                 ? pack
                 : wrapped(pack) + " * " + std::to_string(team.lanes)) +
            ";");
  if (team.packs() * team.count * team.lanes != team.points)
    text.line("if (at >= " + Twine(team.points) + ")").line("  break;");
}

/// The loop of a team over all reductions, as one range whose points go round
/// the threads. Returns the iterators of a point.
Names StageTile::openTeamLoop(ArrayRef<std::string> parallel,
                              const Team &team) {
  Names iterators(parallel.begin(), parallel.end());
  std::string extent;
  for (unsigned iterator = stage.getNumParallel();
       iterator < stage.getNumIterators(); ++iterator) {
    std::string size = sizes.get(stage.getExtent(iterator));
    extent += extent.empty() ? "idx(" + size + ")" : " * " + wrapped(size);
    iterators.push_back("r" + std::to_string(iterator));
  }
  if (team.points != 0) {
    openPacks(team);
  } else {
    std::string first = team.lane;
    if (lanes != 1)
      first = wrapped(first) + " * " + std::to_string(lanes);
    text.line("#pragma unroll 4");
    text.open("for (idx at = " + first + "; at < " + extent +
              "; at += " + Twine(team.count * lanes) + ")");
  }
  std::string rest = "at";
  for (unsigned iterator = stage.getNumIterators();
       iterator-- > stage.getNumParallel();) {
    std::string size = wrapped(sizes.get(stage.getExtent(iterator)));
    bool isFirst = iterator == stage.getNumParallel();
    text.line("const idx " + iterators[iterator] + " = " +
              (isFirst ? rest : rest + " % " + size) + ";");
    rest = wrapped(rest) + " / " + size;
  }
  return iterators;
}

/// Declares `folded` in all threads of the team, and returns its name.
std::string StageTile::emitTeamFold(ArrayRef<std::string> parallel,
                                    const Team &team) {
  Operation *combine = codegen::combiningOp(stage);
  TypedAttr init = *stage.getInit(),
            neutral = codegen::neutralValue(combine, init);
  std::string type = typeName(init.getType());
  lanes = team.points != 0 ? team.lanes : chooseTeamLanes(team);
  along = stage.getNumIterators() - 1;
  text.line("auto combine = [](" + type + " a, " + type + " b) { return " +
            combination(combine, "a", "b") + "; };");
  declareSums(type, literal(neutral));
  Names iterators = openTeamLoop(parallel, team);
  addPoint(iterators);
  text.close();
  text.line(type + " folded = acc" + (lanes == 1 ? ";" : "[0];"));
  if (lanes != 1) {
    text.line("#pragma unroll");
    text.line("for (int lane = 1; lane < " + Twine(lanes) +
              "; ++lane) folded = combine(folded, acc[lane]);");
  }
  text.line(team.count <= 32
                ? "folded = foldWarp<" + Twine(team.count) +
                      ">(folded, combine);"
                : "folded = foldBlock<" + Twine(team.count) + ">(folded, " +
                      literal(neutral) + ", combine);");
  if (neutral != init)
    text.line("folded = combine(" + literal(init) + ", folded);");
  return "folded";
}

void StageTile::emitTeamResult(ArrayRef<std::string> parallel,
                               const Team &team) {
  std::string folded = emitTeamFold(parallel, team);
  lanes = 1;
  isStoredAsPack = false;
  text.open(operands.output->held.empty() ? "if (" + team.lane + " == 0)"
                                          : std::string());
  StageBody body(text, operands.tables, sizes);
  forEachLane(
      operands.finishInputs, [](unsigned) { return TypedAttr(); }, parallel,
      [&](Elements elements, ArrayRef<std::string> at, const std::string &) {
        elements.push_back(folded);
        store(at,
              stage.hasFinish() ? body.emit(stage.getFinish(), elements, at)
                                : folded,
              "");
      });
  text.close();
}

} // namespace sinter::cuda
