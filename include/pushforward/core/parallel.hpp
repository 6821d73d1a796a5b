#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

/// \file
/// Threads that cannot change a result: the work is a fixed list of tasks, every task writes to a
/// place of its own, and partial sums are added in a fixed pairwise tree.

namespace pushforward {

/// A small pool of threads; the calling thread is one of them.
///
/// A pool serves one caller at a time. Results do not depend on the number of threads.
class Pool {
 public:
  /// Throws std::invalid_argument unless 1 <= threads <= 1024, std::system_error if a thread cannot
  /// be started.
  explicit Pool(int threads = 1) {
    check_argument(threads >= 1 && threads <= 1024, "Pool", "threads", threads,
                   "between 1 and 1024");
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      for (int t = 1; t < threads; ++t) workers_.emplace_back([this] { serve(); });
    } catch (...) {
      stop();
      throw;
    }
  }

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { stop(); }

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(i) once for each 0 <= i < count, on any thread, and returns when all are done.
  ///
  /// If some throw, the exception of the lowest i is rethrown here once every running body has
  /// ended; the pool can be used again. Allocates nothing.
  template <class Body>
  void for_each(Index count, Body&& body) {
    if (workers_.empty() || count <= 1) {
      for (Index i = 0; i < count; ++i) body(i);
      return;
    }
    using Callable = std::remove_reference_t<Body>;
    context_ = const_cast<void*>(static_cast<const void*>(std::addressof(body)));
    call_ = [](void* context, Index i) { (*static_cast<Callable*>(context))(i); };
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    gate_.store(kOpen, std::memory_order_release);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    work();
    gate_.fetch_sub(kOpen, std::memory_order_acquire);
    await(gate_, [](int gate) { return gate == 0; });
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  /// Takes tasks in ascending order, so that every task below a failed one has been started.
  void work() noexcept {
    for (;;) {
      const Index i = next_.fetch_add(1, std::memory_order_relaxed);
      if (i >= count_) return;
      try {
        call_(context_, i);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_ || i < failed_) {
          error_ = std::current_exception();
          failed_ = i;
        }
        next_.store(count_, std::memory_order_relaxed);
      }
    }
  }

  void serve() noexcept {
    for (std::uint32_t seen = 0;;) {
      await(round_, [&](std::uint32_t round) { return round != seen; });
      seen = round_.load(std::memory_order_acquire);
      if (stopping_) return;
      if (!enter()) continue;
      work();
      if (gate_.fetch_sub(1, std::memory_order_release) == 1) gate_.notify_one();
    }
  }

  /// A worker that comes after the caller has run out of tasks is not let in, nor waited for.
  bool enter() noexcept {
    int gate = gate_.load(std::memory_order_acquire);
    while (gate >= kOpen)
      if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acquire)) return true;
    return false;
  }

  void stop() noexcept {
    stopping_ = true;
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  /// Waits until done(value): for some microseconds awake, then asleep.
  template <class T, class Done>
  static void await(const std::atomic<T>& value, Done done) noexcept {
    for (int turn = 0; turn < 4096; ++turn) {
      if (done(value.load(std::memory_order_acquire))) return;
      if (turn % 64 == 63) std::this_thread::yield();
    }
    for (T now = value.load(std::memory_order_acquire); !done(now);
         now = value.load(std::memory_order_acquire))
      value.wait(now, std::memory_order_acquire);
  }

  static constexpr int kOpen = 1 << 16;

  std::vector<std::thread> workers_;
  void (*call_)(void*, Index) = nullptr;
  void* context_ = nullptr;
  Index count_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<Index> next_{0};
  std::atomic<int> gate_{0};  // workers inside, plus kOpen while there are tasks
  std::atomic<std::uint32_t> round_{0};
  std::mutex mutex_;
  std::exception_ptr error_;
  Index failed_ = 0;
};

/// Where run r of a list of blocks begins. The blocks of a batch are cut into at most `kMaxRuns`
/// runs of two neighbours or more (one run has a single block if their number is odd). The cut
/// depends on nothing but that number, and bounds the memory that partial sums take.
inline constexpr Index kMaxRuns = 32;
[[nodiscard]] constexpr Index run_count(Index blocks) noexcept {
  return (std::min)((blocks + 1) / 2, kMaxRuns);
}
[[nodiscard]] constexpr Index run_begin(Index run, Index blocks) noexcept {
  return run * blocks / (std::max)(run_count(blocks), Index(1));
}

/// Calls body(run, block) for every block: the blocks of a run in order on one thread.
template <class Body>
void for_each_block(Pool& pool, Index blocks, Body&& body) {
  pool.for_each(run_count(blocks), [&](Index run) {
    for (Index b = run_begin(run, blocks); b < run_begin(run + 1, blocks); ++b) body(run, b);
  });
}

/// total_i = sum_r partials(i, r), the columns added pairwise in a fixed tree:
/// ((0 + 1) + (2 + 3)) + ... Destroys `partials` (P x R, R >= 1). Cost O(P R).
template <Real Scalar>
void sum_columns(Pool& pool, Matrix<Scalar>& partials, VectorRef<Scalar> total) {
  constexpr Index slice = 4096;
  const Index rows = partials.rows(), runs = partials.cols();
  pool.for_each((rows + slice - 1) / slice, [&](Index s) {
    const Index first = s * slice, size = (std::min)(slice, rows - first);
    for (Index width = 1; width < runs; width *= 2)
      for (Index r = 0; r + width < runs; r += 2 * width)
        partials.col(r).segment(first, size) += partials.col(r + width).segment(first, size);
    total.segment(first, size) = partials.col(0).segment(first, size);
  });
}

}  // namespace pushforward
