#pragma once

#include "support/sanitized.hpp"

#include <atomic>
#include <cstdlib>

/// \file
/// Counts heap allocations, and makes them fail: replaces malloc, which operator new and Eigen both
/// call. Under a sanitizer, or without glibc, it does nothing.

namespace support {

inline std::atomic<long> allocation_count{0};
inline std::atomic<long> first_to_fail{0}, end_of_failures{0};

/// Counts an allocation; true if it is to fail.
inline bool count_allocation() {
  const long number = allocation_count.fetch_add(1);
  return first_to_fail <= number && number < end_of_failures;
}

/// Heap allocations of this program so far, on all threads.
inline long allocations() { return allocation_count.load(); }

#if defined(__GLIBC__) && !defined(PUSHFORWARD_SANITIZED)
inline constexpr bool kCountsAllocations = true;
#else
inline constexpr bool kCountsAllocations = false;
#endif

/// While it lives, the allocations that follow `passed` others fail: `count` of them.
struct FailingAllocations {
  FailingAllocations(long passed, long count) {
    first_to_fail = allocations() + passed;
    end_of_failures = first_to_fail + count;
  }
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;
  ~FailingAllocations() { end_of_failures = 0; }
};

}  // namespace support

#if defined(__GLIBC__) && !defined(PUSHFORWARD_SANITIZED)
extern "C" {  // weak: several files of a program may have them
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

[[gnu::weak]] void* malloc(std::size_t size) {
  return support::count_allocation() ? nullptr : __libc_malloc(size);
}
[[gnu::weak]] void* calloc(std::size_t count, std::size_t size) {
  return support::count_allocation() ? nullptr : __libc_calloc(count, size);
}
[[gnu::weak]] void* realloc(void* old, std::size_t size) {
  return support::count_allocation() ? nullptr : __libc_realloc(old, size);
}
[[gnu::weak]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return support::count_allocation() ? nullptr : __libc_memalign(alignment, size);
}
}
#endif
