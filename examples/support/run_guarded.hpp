#pragma once

#include "support/arguments.hpp"

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

/// \file
/// How an example program ends.

namespace support {

/// Throws std::system_error unless all that was printed has been written: a full disk is told from
/// a program that went well.
inline void flush_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), "standard output");
}

/// Runs the body of `main`, which returns the exit status, and flushes what it printed. An
/// exception becomes one line on stderr, `program: what()`, and status 2.
template <std::invocable Body>
[[nodiscard]] int run_guarded(std::string_view program, Body&& body) {
  try {
    const int status = body();
    flush_output();
    return status;
  } catch (const std::exception& error) {
    std::string line = std::string(program) + ": " + error.what();
    std::replace_if(
        line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    static_cast<void>(std::fputs((line + "\n").c_str(), stderr));
    return 2;
  }
}

/// The same for a program that takes no argument but --help, which prints its purpose.
template <std::invocable Body>
[[nodiscard]] int run_guarded(int argc, const char* const* argv, const std::string& program,
                              const std::string& purpose, Body&& body) {
  return run_guarded(program, [&] {
    if (Arguments(program, purpose).read(argc, argv)) body();
    return 0;
  });
}

}  // namespace support
