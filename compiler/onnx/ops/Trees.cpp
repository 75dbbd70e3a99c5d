// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ai.onnx.ml: ensembles of trees, and ZipMap.
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include "compiler/onnx/ops/Tables.h"
#include "dialects/graph/ops/TopK.h"
#include "dialects/graph/ops/TreeEnsemble.h"
#include "llvm/ADT/SetVector.h"
#include <map>

using namespace mlir;
using llvm::ArrayRef;

namespace sinter::onnx {
namespace {

/// The tables of graph.tree_ensemble, from the attributes of a node.
class Ensemble {
public:
  Ensemble(NodeImport &node, std::string_view prefix)
      : node(node), prefix(prefix) {}

  /// The sums for each row; null after an error.
  Value make(Value input, int64_t targetCount, int64_t aggregate);
  /// The targets that occur.
  llvm::SetVector<int64_t> usedTargets() const;
  bool areWeightsPositive() const {
    return llvm::all_of(weights, [](float weight) { return weight >= 0; });
  }
  /// False after an error.
  bool read();

private:
  using Key = std::pair<int64_t, int64_t>;
  std::string attribute(std::string_view name) const {
    return fmt::format("{}_{}", prefix, name);
  }
  bool readNodes();
  bool readWeights();
  bool place();

  NodeImport &node;
  std::string prefix;
  std::vector<Key> keys; // tree and node, in the order of the attributes
  std::map<Key, size_t> index;
  std::vector<int64_t> features, yes, no, modes;
  std::vector<float> values;
  std::map<Key, std::vector<size_t>> leaves;
  std::vector<int64_t> targets;
  std::vector<float> weights;

  std::vector<int64_t> table, roots, placedTargets;
  std::vector<float> thresholds, placedWeights;
};

int64_t modeOf(std::string_view name) {
  constexpr std::string_view names[] = {"LEAF",       "BRANCH_LEQ", "BRANCH_LT",
                                        "BRANCH_GTE", "BRANCH_GT",  "BRANCH_EQ",
                                        "BRANCH_NEQ"};
  for (auto [number, known] : llvm::enumerate(names))
    if (known == name)
      return number;
  return -1;
}

bool Ensemble::readNodes() {
  std::vector<int64_t> trees = node.integers("nodes_treeids");
  std::vector<int64_t> ids = node.integers("nodes_nodeids");
  features = node.integers("nodes_featureids");
  yes = node.integers("nodes_truenodeids");
  no = node.integers("nodes_falsenodeids");
  values = numbersOf(node, "nodes_values");
  std::vector<int64_t> missing =
      node.integers("nodes_missing_value_tracks_true");
  const auto *names = node.find("nodes_modes");
  size_t count = trees.size();
  missing.resize(missing.empty() ? count : missing.size());
  if (count == 0 || ids.size() != count || features.size() != count ||
      yes.size() != count || no.size() != count || values.size() != count ||
      missing.size() != count || !names ||
      static_cast<size_t>(names->strings_size()) != count) {
    node.invalid("the lists of nodes have different lengths, or none");
    return false;
  }
  for (size_t at = 0; at < count; ++at) {
    keys.push_back({trees[at], ids[at]});
    int64_t mode = modeOf(names->strings(static_cast<int>(at)));
    if (mode < 0 || !index.try_emplace(keys.back(), at).second) {
      node.invalid(fmt::format("node {} of tree {} has an unknown mode, or is "
                               "there twice",
                               ids[at], trees[at]));
      return false;
    }
    modes.push_back(mode == 0 ? 0 : mode + (missing[at] != 0 ? 8 : 0));
  }
  return !node.failed();
}

bool Ensemble::readWeights() {
  std::vector<int64_t> trees = node.integers(attribute("treeids"));
  std::vector<int64_t> ids = node.integers(attribute("nodeids"));
  targets = node.integers(attribute("ids"));
  weights = numbersOf(node, attribute("weights"));
  if (ids.size() != trees.size() || targets.size() != trees.size() ||
      weights.size() != trees.size()) {
    node.invalid("the lists of weights have different lengths");
    return false;
  }
  for (size_t at = 0; at < trees.size(); ++at) {
    Key key{trees[at], ids[at]};
    if (!index.contains(key)) {
      node.invalid(fmt::format("a weight is of node {} of tree {}, which is "
                               "not there",
                               ids[at], trees[at]));
      return false;
    }
    leaves[key].push_back(at);
  }
  return !node.failed();
}

/// Gives each node a row after that of its parent.
bool Ensemble::place() {
  llvm::SetVector<int64_t> trees;
  std::map<Key, bool> isChild;
  for (size_t at = 0; at < keys.size(); ++at) {
    trees.insert(keys[at].first);
    if (modes[at] == 0)
      continue;
    isChild[{keys[at].first, yes[at]}] = true;
    isChild[{keys[at].first, no[at]}] = true;
  }
  std::map<size_t, int64_t> rows;
  std::vector<size_t> order;
  for (size_t at = 0; at < keys.size(); ++at) {
    if (isChild.contains(keys[at]) || !trees.remove(keys[at].first))
      continue;
    roots.push_back(order.size());
    order.push_back(at);
    for (size_t next = order.size() - 1; next < order.size(); ++next) {
      size_t from = order[next];
      rows[from] = next;
      if (modes[from] == 0)
        continue;
      for (int64_t child : {yes[from], no[from]}) {
        auto entry = index.find({keys[from].first, child});
        if (entry == index.end() || order.size() > keys.size()) {
          node.invalid(fmt::format("tree {} is no tree at node {}",
                                   keys[from].first, keys[from].second));
          return false;
        }
        order.push_back(entry->second);
      }
    }
  }
  if (!trees.empty()) {
    node.invalid(fmt::format("tree {} has no root", trees.front()));
    return false;
  }
  for (size_t from : order) {
    auto rowOf = [&](int64_t child) {
      return rows[index.at({keys[from].first, child})];
    };
    int64_t first = placedWeights.size();
    for (size_t at : leaves[keys[from]])
      if (modes[from] == 0) {
        placedTargets.push_back(targets[at]);
        placedWeights.push_back(weights[at]);
      }
    int64_t count = static_cast<int64_t>(placedWeights.size()) - first;
    bool isLeaf = modes[from] == 0;
    int64_t row[] = {modes[from],
                     features[from],
                     isLeaf ? 0 : rowOf(yes[from]),
                     isLeaf ? 0 : rowOf(no[from]),
                     first,
                     count};
    table.insert(table.end(), std::begin(row), std::end(row));
    thresholds.push_back(values[from]);
  }
  return true;
}

bool Ensemble::read() { return readNodes() && readWeights() && place(); }

llvm::SetVector<int64_t> Ensemble::usedTargets() const {
  llvm::SetVector<int64_t> used;
  used.insert(targets.begin(), targets.end());
  return used;
}

Value Ensemble::make(Value input, int64_t targetCount, int64_t aggregate) {
  Type i64 = node.builder.getI64Type(), f32 = node.builder.getF32Type();
  int64_t nodes = thresholds.size(), count = placedWeights.size();
  graph::TreeEnsembleOp::Properties properties;
  properties.target_count = node.builder.getI64IntegerAttr(targetCount);
  properties.aggregate = node.builder.getI64IntegerAttr(aggregate);
  return node.make<graph::TreeEnsembleOp>(
      {input, tableOf<int64_t>(node, table, i64, {nodes, 6}),
       tableOf<float>(node, thresholds, f32, nodes),
       tableOf<int64_t>(node, roots, i64, static_cast<int64_t>(roots.size())),
       tableOf<int64_t>(node, placedTargets, i64, count),
       tableOf<float>(node, placedWeights, f32, count)},
      properties);
}

/// Rows of features of f32; null after an error.
Value featuresOf(NodeImport &node) {
  Value input = node.input(0);
  if (node.element(input).isF64()) {
    node.unsupported("features of double", "float and integers");
    return {};
  }
  input = node.cast(input, node.builder.getF32Type());
  if (node.rank(input) != 1)
    return input;
  Dims dims = node.dims(input);
  return node.reshape(input, {node.dim(1), dims[0]});
}

/// Adds `base_values`, which may be absent.
Value withBase(NodeImport &node, Value scores, int64_t targetCount) {
  std::vector<float> base = numbersOf(node, "base_values");
  if (base.empty())
    return scores;
  if (static_cast<int64_t>(base.size()) != targetCount) {
    node.invalid("base_values has not one value for each target");
    return {};
  }
  return Parts(node).add(
      scores,
      tableOf<float>(node, base, node.builder.getF32Type(), targetCount));
}

Value transformed(NodeImport &node, Value scores) {
  std::string kind = node.text("post_transform", "NONE");
  Parts m(node);
  if (kind == "NONE")
    return scores;
  if (kind == "LOGISTIC")
    return m.sigmoid(scores);
  if (kind == "SOFTMAX") {
    Value shifted = m.exp(m.sub(scores, m.largest(scores, 1, true)));
    return m.div(shifted, m.sum(shifted, 1, true));
  }
  node.unsupported(fmt::format("post_transform '{}'", kind),
                   "NONE, LOGISTIC, SOFTMAX");
  return {};
}

/// Of two classes with the scores of one: that one's and the other's.
Values binaryScores(NodeImport &node, Value score, bool isProbability) {
  Parts m(node);
  Value limit = m.like(score, isProbability ? 0.5 : 0);
  Value isSecond = m.less(limit, score);
  Value other = isProbability ? m.sub(m.like(score, 1), score) : m.neg(score);
  Value both = node.concat({other, score}, 1);
  Value label = node.select(isSecond, node.scalar(1, node.builder.getI64Type()),
                            node.scalar(0, node.builder.getI64Type()));
  return {node.reshape(label, {node.dims(score)[0]}), transformed(node, both)};
}

} // namespace

Values importTreeEnsembleClassifier(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  if (node.has("classlabels_strings"))
    return node.unsupported("labels that are strings", "integers");
  std::vector<int64_t> labels = node.integers("classlabels_int64s");
  Ensemble ensemble(node, "class");
  Value input = featuresOf(node);
  if (!ensemble.read() || labels.empty())
    return node.invalid("there are no class labels");
  auto count = static_cast<int64_t>(labels.size());
  Parts m(node);
  llvm::SetVector<int64_t> used = ensemble.usedTargets();
  Value scores = ensemble.make(input, count, 0);
  if (node.failed())
    return {};
  Values results;
  if (count == 2 && used.size() == 1) {
    if (node.has("base_values"))
      return node.unsupported("base_values of two classes with the weights of "
                              "one",
                              "none there");
    Value score =
        sliceAxis(node, scores, 1, node.dim(used.front()), 1, node.dim(1));
    results = binaryScores(node, score, ensemble.areWeightsPositive());
  } else {
    scores = withBase(node, scores, count);
    graph::TopKOp::Properties properties;
    properties.axis = node.builder.getI64IntegerAttr(1);
    properties.k = node.dim(1);
    properties.largest = node.builder.getUnitAttr();
    Value best = node.make<graph::TopKOp>(scores, properties);
    if (!best)
      return {};
    Value position = best.getDefiningOp()->getResult(1);
    results = {node.reshape(position, {node.dims(scores)[0]}),
               transformed(node, scores)};
  }
  Value table =
      tableOf<int64_t>(node, labels, node.builder.getI64Type(), count);
  results[0] = m.gather(table, results[0], 0);
  return results;
}

Values importTreeEnsembleRegressor(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  constexpr std::string_view names[] = {"SUM", "AVERAGE", "MIN", "MAX"};
  std::string name = node.text("aggregate_function", "SUM");
  const auto *kind = llvm::find(names, name);
  if (kind == std::end(names))
    return node.invalid(fmt::format("aggregate_function is '{}'", name));
  int64_t count = node.integer("n_targets", 1);
  if (count < 1 || count > (1 << 20))
    return node.invalid(fmt::format("n_targets is {}", count));
  Ensemble ensemble(node, "target");
  Value input = featuresOf(node);
  if (!ensemble.read())
    return {};
  Value scores = ensemble.make(input, count, kind - std::begin(names));
  return {transformed(node, withBase(node, scores, count))};
}

/// A map from each class to its score is the tensor of the scores, in the order
/// of the classes.
Values importZipMap(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  return {node.input(0)};
}

} // namespace sinter::onnx
