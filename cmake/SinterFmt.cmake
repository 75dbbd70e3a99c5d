# sinter_fmt: the library fmt; Debian has it as a shared one only.
find_package(fmt REQUIRED)
add_library(sinter_fmt INTERFACE)
if(SINTER_STATIC)
  target_link_libraries(sinter_fmt INTERFACE fmt::fmt-header-only)
else()
  target_link_libraries(sinter_fmt INTERFACE fmt::fmt)
endif()
