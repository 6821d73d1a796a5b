#pragma once

#include <algorithm>
#include <concepts>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

/// \file
/// How an example program ends when something is wrong.

namespace support {

/// Runs the body of `main`, which returns the exit status. An exception becomes one line on stderr,
/// `program: what()`, and status 2.
template <std::invocable Body>
[[nodiscard]] int run_guarded(std::string_view program, Body&& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    std::string line = std::string(program) + ": " + error.what();
    std::replace_if(
        line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    static_cast<void>(std::fputs((line + "\n").c_str(), stderr));
    return 2;
  }
}

}  // namespace support
