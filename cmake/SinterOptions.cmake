# Flags of every Sinter target. Link `sinter_options` privately.
add_library(sinter_options INTERFACE)
target_compile_options(sinter_options INTERFACE
  -Wall -Wextra -Wno-unused-parameter -fvisibility=hidden -ffp-contract=off)

find_program(SINTER_CCACHE ccache)
if(SINTER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros ${SINTER_CCACHE})
endif()

if(SINTER_SANITIZE)
  # Buffers of a model lie apart, each with red zones.
  target_compile_definitions(sinter_options INTERFACE SINTER_DEBUG_ARENA)
  target_compile_options(sinter_options INTERFACE
    -fsanitize=${SINTER_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(sinter_options INTERFACE -fsanitize=${SINTER_SANITIZE})
endif()

if(SINTER_FUZZ)
  target_compile_options(sinter_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
