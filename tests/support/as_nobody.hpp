#pragma once

#if !defined(_WIN32)

#include <cstdlib>
#include <unistd.h>

namespace support {

/// While it lives, a program that root runs has no more rights to files than the user `nobody`:
/// what is refused can be tested, and a broken save cannot replace /dev/null.
struct AsNobody {
  AsNobody() {
    if (geteuid() == 0 && seteuid(65534) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (seteuid(getuid()) != 0) std::abort();
  }
};

}  // namespace support

#endif
