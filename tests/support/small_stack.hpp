#pragma once

#include "support/catch.hpp"
#include "support/sanitized.hpp"

#if defined(__unix__)
#include <pthread.h>
#endif

namespace support {

/// Runs body() on a thread with a stack of 64 KiB, where there are threads of POSIX and no
/// sanitizer; else here.
template <class Body>
void on_a_small_stack(Body body) {
#if defined(__unix__) && !defined(PUSHFORWARD_SANITIZED)
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, 64 << 10) == 0);
  pthread_t thread;
  const auto call = [](void* context) -> void* {
    (*static_cast<Body*>(context))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, call, &body) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
#else
  body();
#endif
}

}  // namespace support
