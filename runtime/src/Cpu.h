// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CPU_H
#define SINTER_RUNTIME_CPU_H

namespace sinter::runtime {

/// Whether this machine and its system support `feature`, by LLVM's name. A
/// name that this runtime does not know counts as missing. AMX is requested of
/// the system, for the whole process.
bool hasCpuFeature(const char *feature);

} // namespace sinter::runtime
#endif
