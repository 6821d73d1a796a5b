#pragma once

/// \file
/// PUSHFORWARD_SANITIZED: a sanitizer watches, which replaces malloc and needs more stack.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PUSHFORWARD_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define PUSHFORWARD_SANITIZED
#endif
#endif
