#pragma once

#include "pushforward/io/file.hpp"

/// \file
/// A look at a file before the work whose result goes there.

namespace support {

/// Makes the folder of `path`, if there is none. Throws std::system_error unless a file can then be
/// written at `path`; what is there stays as it is.
inline void check_writable(std::string_view program, const std::filesystem::path& path) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  const pushforward::AtomicFile never_committed(program, path);
}

}  // namespace support
