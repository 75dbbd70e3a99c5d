// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the time of a run goes, by op of the plan.
#pragma once

#include "tools/sinter/Session.h"
#include <nlohmann/json.hpp>

namespace sinter::cli {

/// Runs the model `runs` times, at least once and for some seconds at most, and
/// gives the mean time of each op that ran. Errors: those of Session::run.
Result<nlohmann::ordered_json>
profileRuns(Session &session, std::span<const Tensor> inputs, size_t runs);

/// The ops that take longest, as a table.
void printProfile(const nlohmann::ordered_json &profile);

} // namespace sinter::cli
