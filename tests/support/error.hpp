#pragma once

#include <string>

namespace support {

/// The text of the Error that body() throws, or "nothing was thrown". Other exceptions pass.
template <class Error, class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace support
