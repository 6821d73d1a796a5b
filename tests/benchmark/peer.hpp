#pragma once

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// The same work done by libtorch, on one thread, where it was found.

namespace peer {

/// A training step: tanh network of the given sizes, `batch` Gaussian draws, D2^2 over
/// `frequencies` complex exponentials, backward pass, Adam.
std::function<void()> training_step(const std::vector<std::int64_t>& sizes, std::int64_t batch,
                                    std::int64_t frequencies);

/// `count` Gaussian draws through a tanh network of the given sizes.
std::function<void()> sampling(const std::vector<std::int64_t>& sizes, std::int64_t count);

}  // namespace peer
