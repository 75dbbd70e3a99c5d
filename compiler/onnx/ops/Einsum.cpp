// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Einsum: operand after operand, as products of matrices over the letters that
// end with them.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "dialects/graph/ops/Reduction.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

/// A tensor and the letter of each of its axes. The axes of an ellipsis have
/// the letters '0' to '9', counted from the last.
struct Term {
  Value value;
  std::string letters;
};

class Einsum {
public:
  explicit Einsum(NodeImport &node) : m(node), node(node) {}

  Values import();

private:
  bool parse();
  std::string expanded(const std::string &term, int64_t rank);
  Term diagonal(Term term);
  Term summed(Term term, const std::string &needed);
  Value arranged(const Term &term, const std::string &letters);
  Term product(const Term &lhs, const Term &rhs, const std::string &needed);
  DimAttr sizeOf(const Term &lhs, const Term &rhs, char letter);

  Parts m;
  NodeImport &node;
  SmallVector<Term> terms;
  std::string result;
};

bool has(const std::string &letters, char letter) {
  return letters.find(letter) != std::string::npos;
}

/// The term with letters for its ellipsis.
std::string Einsum::expanded(const std::string &term, int64_t rank) {
  size_t dots = term.find("...");
  std::string letters = term;
  if (dots != std::string::npos) {
    int64_t missing = rank - static_cast<int64_t>(term.size()) + 3;
    std::string filled;
    for (int64_t index = std::min<int64_t>(missing, 10); index-- > 0;)
      filled += static_cast<char>('0' + index);
    letters.replace(dots, 3, filled);
  }
  bool fits = static_cast<int64_t>(letters.size()) == rank &&
              llvm::all_of(letters, llvm::isAlnum);
  if (!fits)
    node.invalid(fmt::format("term '{}' does not fit rank {}", term, rank));
  return letters;
}

bool Einsum::parse() {
  std::string equation = node.text("equation", "");
  llvm::erase(equation, ' ');
  size_t arrow = equation.find("->");
  std::string left = equation.substr(0, arrow);
  SmallVector<llvm::StringRef> parts;
  llvm::StringRef(left).split(parts, ',');
  if (parts.size() != node.inputs.size() || parts.size() > 16) {
    node.invalid(fmt::format("equation '{}' does not have {} terms", equation,
                             node.inputs.size()));
    return false;
  }
  std::string all, ellipsis;
  for (auto [part, value] : llvm::zip(parts, node.inputs)) {
    std::string letters = expanded(part.str(), node.rank(value));
    terms.push_back({value, letters});
    all += letters;
    if (part.contains("...") && letters.size() + 3 > part.size() &&
        letters.size() + 3 - part.size() > ellipsis.size()) {
      ellipsis.clear();
      for (size_t index = letters.size() + 3 - part.size(); index-- > 0;)
        ellipsis += static_cast<char>('0' + index);
    }
  }
  if (node.failed())
    return false;
  if (arrow == std::string::npos) {
    std::string once;
    for (char letter : all)
      if (llvm::count(all, letter) == 1 && llvm::isAlpha(letter))
        once += letter;
    llvm::sort(once);
    result = ellipsis + once;
    return true;
  }
  std::string right = equation.substr(arrow + 2);
  int64_t rank = static_cast<int64_t>(right.size());
  if (right.find("...") != std::string::npos)
    rank += static_cast<int64_t>(ellipsis.size()) - 3;
  result = expanded(right, rank);
  for (char letter : result)
    if (!has(all, letter) || llvm::count(result, letter) != 1)
      node.invalid(
          fmt::format("'{}' of the result is in no term, or twice", letter));
  return !node.failed();
}

/// A letter that is there twice: the elements where both indices are equal.
Term Einsum::diagonal(Term term) {
  for (size_t axis = 0; axis < term.letters.size(); ++axis) {
    size_t other = term.letters.find(term.letters[axis], axis + 1);
    if (other == std::string::npos)
      continue;
    int64_t rank = node.rank(term.value);
    if (node.failed())
      return term;
    Dims dims = node.dims(term.value);
    Value isEqual = m.equal(m.along(node.iota(dims[axis]), axis, rank),
                            m.along(node.iota(dims[other]), other, rank));
    Value chosen = node.select(isEqual, term.value, m.like(term.value, 0));
    term.value = m.sum(chosen, static_cast<int64_t>(other), false);
    term.letters.erase(other, 1);
    return diagonal(term);
  }
  return term;
}

/// Without the letters that nothing else needs.
Term Einsum::summed(Term term, const std::string &needed) {
  SmallVector<int64_t> axes;
  std::string kept;
  for (auto [axis, letter] : llvm::enumerate(term.letters)) {
    if (has(needed, letter))
      kept += letter;
    else
      axes.push_back(axis);
  }
  if (axes.empty())
    return term;
  return {m.sum(term.value, axes, false), kept};
}

/// The axes in the order of the letters, with 1 for those that are not there.
Value Einsum::arranged(const Term &term, const std::string &letters) {
  SmallVector<int64_t> order, missing;
  for (auto [axis, letter] : llvm::enumerate(letters)) {
    size_t at = term.letters.find(letter);
    if (at == std::string::npos)
      missing.push_back(axis);
    else
      order.push_back(at);
  }
  Value value = term.value;
  if (!llvm::is_sorted(order))
    value = node.transpose(value, order);
  return node.unsqueeze(value, missing);
}

DimAttr Einsum::sizeOf(const Term &lhs, const Term &rhs, char letter) {
  FailureOr<DimAttr> size = node.dim(1);
  for (const Term *term : {&lhs, &rhs})
    if (size_t at = term->letters.find(letter); at != std::string::npos)
      size = graph::apply(graph::DimFunction::Bcast, node.checked(size),
                          node.dims(term->value)[at]);
  return node.checked(size);
}

/// As batches of matrices: letters that both have and that stay, those of lhs
/// only, those that end here, those of rhs only.
Term Einsum::product(const Term &lhs, const Term &rhs,
                     const std::string &needed) {
  std::string batch, rows, inner, columns;
  for (char letter : lhs.letters) {
    if (!has(rhs.letters, letter))
      rows += letter;
    else
      (has(needed, letter) ? batch : inner) += letter;
  }
  for (char letter : rhs.letters)
    if (!has(lhs.letters, letter))
      columns += letter;
  Term both{{}, batch + rows + columns};
  if (inner.empty()) {
    both.value =
        m.mul(arranged(lhs, both.letters), arranged(rhs, both.letters));
    return both;
  }
  Dims batchDims, rowDims, innerDims, columnDims;
  auto sizes = [&](const std::string &letters, Dims &dims) {
    for (char letter : letters)
      dims.push_back(sizeOf(lhs, rhs, letter));
  };
  sizes(batch, batchDims);
  sizes(rows, rowDims);
  sizes(inner, innerDims);
  sizes(columns, columnDims);
  auto matrix = [&](const Term &term, const std::string &first,
                    const Dims &firstDims, const std::string &second,
                    const Dims &secondDims) {
    Dims whole = batchDims, flat = batchDims;
    llvm::append_range(whole, firstDims);
    llvm::append_range(whole, secondDims);
    flat.append({m.product(firstDims), m.product(secondDims)});
    Value value = arranged(term, batch + first + second);
    return node.reshape(node.expand(value, whole), flat);
  };
  Value left = matrix(lhs, rows, rowDims, inner, innerDims);
  Value right = matrix(rhs, inner, innerDims, columns, columnDims);
  Dims dims = batchDims;
  llvm::append_range(dims, rowDims);
  llvm::append_range(dims, columnDims);
  both.value = node.reshape(m.matMul(left, right), dims);
  return both;
}

Values Einsum::import() {
  if (!node.expectInputs(1, SIZE_MAX) || !parse())
    return {};
  auto neededAfter = [&](size_t index) {
    std::string needed = result;
    for (const Term &term : ArrayRef(terms).drop_front(index))
      needed += term.letters;
    return needed;
  };
  for (Term &term : terms)
    term = diagonal(term);
  Term total = summed(terms[0], neededAfter(1));
  for (size_t index = 1; index < terms.size() && !node.failed(); ++index) {
    Term next = summed(terms[index], neededAfter(index + 1) + total.letters);
    total = summed(product(total, next, neededAfter(index + 1)),
                   neededAfter(index + 1));
  }
  if (node.failed())
    return {};
  return {arranged(total, result)};
}

} // namespace

Values importEinsum(NodeImport &node) { return Einsum(node).import(); }

} // namespace sinter::onnx
