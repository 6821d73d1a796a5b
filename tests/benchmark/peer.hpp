#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// \file
/// The same work done by libtorch, on one thread, where it was found.

namespace peer {

/// The kernel that OpenBLAS chose for libtorch; empty if it has another BLAS, such as the reference
/// one, with which there is nothing to compare.
std::string kernel();

/// A training step: tanh network of the given sizes, `batch` Gaussian draws, D2^2 over
/// `frequencies` complex exponentials, backward pass, Adam.
std::function<void()> training_step(const std::vector<std::int64_t>& sizes, std::int64_t batch,
                                    std::int64_t frequencies);

/// `count` Gaussian draws through a tanh network of the given sizes.
std::function<void()> sampling(const std::vector<std::int64_t>& sizes, std::int64_t count);

/// MMD^2 with a Gaussian kernel of width 1 of `count` samples of dimension d from as many, by Gram
/// matrices, without the target's own term, and its gradient in the samples.
std::function<void()> gaussian_mmd(std::int64_t count, std::int64_t dimension);

}  // namespace peer
