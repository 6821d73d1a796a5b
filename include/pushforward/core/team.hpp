#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

/// \file
/// Who works on a step, and cannot change its result: the work is a list of tasks, each writes to a
/// place of its own, and partial sums are added in a tree that depends on their number alone.

namespace pushforward::inline PUSHFORWARD_ISA {

/// Threads that share the work of a step; the calling thread is one of them.
///
/// Results do not depend on the number of threads. A call from within a task, or while another
/// thread's call is under way, is worked on by its caller alone.
class Team {
 public:
  /// Throws std::invalid_argument unless 1 <= threads <= 1024, std::system_error if a thread cannot
  /// be started.
  explicit Team(int threads = 1) {
    check_argument(threads >= 1 && threads <= 1024, "Team", "threads", threads,
                   "between 1 and 1024");
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      for (int t = 1; t < threads; ++t) workers_.emplace_back([this, t] { serve(t); });
    } catch (...) {
      stop();
      throw;
    }
  }

  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team() { stop(); }

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(worker, i) once for each 0 <= i < count, in ascending order on each thread, and
  /// returns when all are done. 0 <= worker < threads() tells who calls, for room of its own to
  /// work in. A call that its caller works on alone has worker 0 throughout: two such calls at once
  /// need room of their own.
  ///
  /// If some throw, the exception of the lowest i is rethrown here once every running body has
  /// ended; the team can be used again. Allocates nothing.
  template <class Body>
  void for_each(Index count, Body&& body) {
    if (workers_.empty() || count <= 1 || busy_.exchange(true, std::memory_order_acquire)) {
      for (Index i = 0; i < count; ++i) body(Index(0), i);
      return;
    }
    using Callable = std::remove_reference_t<Body>;
    context_ = const_cast<void*>(static_cast<const void*>(std::addressof(body)));
    call_ = [](void* context, Index worker, Index i) {
      (*static_cast<Callable*>(context))(worker, i);
    };
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    gate_.store(kOpen, std::memory_order_release);
    round_.fetch_add(1, std::memory_order_release);
    wake();
    work(0);
    gate_.fetch_sub(kOpen, std::memory_order_acquire);
    await(gate_, [](int gate) { return gate == 0; });
    const std::exception_ptr error = std::exchange(error_, nullptr);
    busy_.store(false, std::memory_order_release);
    if (error) std::rethrow_exception(error);
  }

 private:
  /// Takes tasks in ascending order, so that every task below a failed one has been started.
  void work(Index worker) noexcept {
    for (;;) {
      const Index i = next_.fetch_add(1, std::memory_order_relaxed);
      if (i >= count_) return;
      try {
        call_(context_, worker, i);
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

  void serve(Index worker) noexcept {
    for (std::uint32_t seen = 0;;) {
      await(round_, [&](std::uint32_t round) { return round != seen; });
      seen = round_.load(std::memory_order_acquire);
      if (stopping_) return;
      if (!enter()) continue;
      work(worker);
      if (gate_.fetch_sub(1, std::memory_order_release) == 1) wake();
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
    wake();
    for (std::thread& worker : workers_) worker.join();
  }

  /// Waits until done(value): for some microseconds awake, then asleep. No std::atomic::wait, which
  /// misses wake-ups where g++ 12 has no futex (Windows).
  template <class T, class Done>
  void await(const std::atomic<T>& value, Done done) noexcept {
    for (int turn = 0; turn < 4096; ++turn) {
      if (done(value.load(std::memory_order_acquire))) return;
      if (turn % 64 == 63) std::this_thread::yield();
    }
    std::unique_lock lock(sleep_);
    changed_.wait(lock, [&] { return done(value.load(std::memory_order_acquire)); });
  }

  /// After a change that is awaited.
  void wake() noexcept {
    { const std::lock_guard lock(sleep_); }  // who has looked, and not found it, is asleep by now
    changed_.notify_all();
  }

  static constexpr int kOpen = 1 << 16;

  std::vector<std::thread> workers_;
  void (*call_)(void*, Index, Index) = nullptr;
  void* context_ = nullptr;
  Index count_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> busy_{false};
  std::atomic<Index> next_{0};
  std::atomic<int> gate_{0};  // workers inside, plus kOpen while there are tasks
  std::atomic<std::uint32_t> round_{0};
  std::mutex sleep_;
  std::condition_variable changed_;
  std::mutex mutex_;
  std::exception_ptr error_;
  Index failed_ = 0;
};

/// Two neighbouring blocks are one task, and one leaf of the tree of sums.
[[nodiscard]] constexpr Index leaf_count(Index blocks) noexcept { return (blocks + 1) / 2; }

/// Calls body(worker, b) for each block 0 <= b < blocks; see Team::for_each.
template <class Body>
void for_each_block(Team& team, Index blocks, Body&& body) {
  team.for_each(leaf_count(blocks), [&](Index worker, Index leaf) {
    for (Index b = 2 * leaf; b < (std::min)(2 * leaf + 2, blocks); ++b) body(worker, b);
  });
}

/// Room for tree_sum, kept from call to call: it grows to the largest sum and stays.
template <Real Scalar>
struct TreeSum {
  Matrix<Scalar> levels;  ///< P x (threads x levels): partial sums of each worker
  Matrix<Scalar> ranges;  ///< P x ranges: finished ones
};

/// total = the sum over the blocks of what add(worker, b, partial) adds to `partial`, P.
///
/// Leaves are pairs of blocks; leaf sums are added along the binary tree over their numbers,
/// ((0 + 1) + (2 + 3)) + ..., so that the bits depend on the number of blocks alone. A task is an
/// aligned range of leaves; it keeps one partial sum for each level of the tree, as a binary
/// counter keeps digits: O(P log leaves) numbers for a worker.
template <Real Scalar, class Add>
void tree_sum(Team& team, Index blocks, TreeSum<Scalar>& room, VectorRef<Scalar> total, Add add) {
  const Index p = total.size(), leaves = leaf_count(blocks);
  if (leaves == 0) return total.setZero(), void();
  Index levels = 0;  // a range has 2^levels leaves: some ranges for each thread, or one for all
  const Index wanted = team.threads() == 1 ? 1 : 4 * team.threads();
  while ((Index(1) << levels) * wanted < leaves) ++levels;
  const Index ranges = ((leaves - 1) >> levels) + 1;
  const auto grow = [&](Matrix<Scalar>& sums, Index columns) {
    if (sums.rows() < p || sums.cols() < columns)
      set_size(sums, (std::max)(sums.rows(), p), (std::max)(sums.cols(), columns));
  };
  const auto part = [](Matrix<Scalar>& sums, Index column, Index first, Index size) {
    return Eigen::Map<Vector<Scalar>>(sums.data() + column * sums.rows() + first, size);
  };
  grow(room.levels, team.threads() * levels);
  grow(room.ranges, ranges);

  team.for_each(ranges, [&](Index worker, Index range) {
    const auto partial = [&](Index depth) {
      return depth == 0 ? part(room.ranges, range, 0, p)
                        : part(room.levels, worker * levels + depth - 1, 0, p);
    };
    const auto merge = [&](Index depth) { partial(depth - 1) += partial(depth); };
    Index depth = 0;
    const Index first = range << levels, end = (std::min)((range + 1) << levels, leaves);
    for (Index leaf = first; leaf < end; ++leaf) {
      partial(depth).setZero();
      for (Index b = 2 * leaf; b < (std::min)(2 * leaf + 2, blocks); ++b)
        add(worker, b, partial(depth));
      ++depth;
      for (Index carry = leaf - first; carry % 2 == 1; carry /= 2) merge(--depth);
    }
    while (depth > 1) merge(--depth);
  });

  constexpr Index slice = 4096;
  team.for_each((p + slice - 1) / slice, [&](Index, Index s) {
    const Index first = s * slice, size = (std::min)(slice, p - first);
    for (Index width = 1; width < ranges; width *= 2)
      for (Index r = 0; r + width < ranges; r += 2 * width)
        part(room.ranges, r, first, size) += part(room.ranges, r + width, first, size);
    Eigen::Map<Vector<Scalar>>(total.data() + first, size) = part(room.ranges, 0, first, size);
  });
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
