#include "support/catch.hpp"

#include <pushforward/pushforward.hpp>

#if defined(PUSHFORWARD_HAS_TORCH)
#include "peer.hpp"
#endif

/// \file
/// MMD^2 and its gradient, n samples against n: 2 n^2 pairs.

namespace pf = pushforward;
using pf::Index;

namespace {

template <class K>
class Pairs {
 public:
  Pairs(K kernel, Index n, Index dimension)
      : x_(pf::draw(pf::Gaussian<float>(dimension), n, pf::Key{1})), dx_(dimension, n),
        mmd_(kernel,
             pf::Empirical<float>(pf::draw(pf::Gaussian<float>(dimension), n, pf::Key{2}))) {}

  float step() { return mmd_.value_and_gradient(x_, {0, team_}, dx_, work_); }

 private:
  using Mmd = pf::KernelDiscrepancy<K, pf::Empirical<float>>;
  pf::Batch<float> x_, dx_;
  Mmd mmd_;
  typename Mmd::Workspace work_;
  pf::Team team_;
};

template <class K>
void measure(const std::string& name, K kernel, Index n, Index dimension) {
  Pairs pairs(kernel, n, dimension);
  BENCHMARK(name + ", n = " + std::to_string(n) + ", d = " + std::to_string(dimension)) {
    return pairs.step();
  };
}

}  // namespace

TEST_CASE("MMD against libtorch, Gaussian kernel, n = 4000, d = 2", "[benchmark]") {
#if defined(PUSHFORWARD_HAS_TORCH)
  const auto torch_mmd = peer::gaussian_mmd(4000, 2);
  if (!peer::kernel().empty()) BENCHMARK("libtorch on " + peer::kernel() + ", 1 thread") {
      torch_mmd();
    };
#endif
  measure("Gaussian", pf::GaussianKernel{}, 4000, 2);
}

TEST_CASE("Kernels", "[benchmark]") {
  measure("energy", pf::EnergyKernel{}, 1024, 2);
  measure("energy", pf::EnergyKernel{}, 1024, 8);
  measure("Coulomb and energy", 0.5 * pf::LogarithmicKernel{} + pf::EnergyKernel{}, 1024, 2);
  measure("Gaussian of 5 widths", pf::MultiScaleKernel{}, 1024, 2);
}
