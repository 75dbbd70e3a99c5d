// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the program that compiles the added ops leaves to the one that runs
// them.
#pragma once

#include <cstdlib>
#include <string>

/// The file of a model of one added op for a target, `cpu` or `cuda`; in the
/// folder ADDED_OPS, if the environment has one.
inline std::string artifactOf(const std::string &op,
                              const std::string &target) {
  const char *folder = std::getenv("ADDED_OPS");
  return std::string(folder ? folder : ADDED_OPS_ARTIFACTS) + "/" + op + "." +
         target + ".so";
}
