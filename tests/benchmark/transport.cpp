#include "support/catch.hpp"

#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

/// From the square to eight Gaussians on a circle.
TEST_CASE("131072 samples in the plane, 100 turns, float", "[benchmark]") {
  const pf::Index n = 131072;
  const pf::Vector<float> corner = pf::Vector<float>::Constant(2, 1.7F);
  const auto x = pf::draw(pf::Uniform<float>(-corner, corner), n, pf::Key{1});
  const auto y = pf::draw(pf::problems::eight_gaussians<float>(), n, pf::Key{2});
  BENCHMARK("iterative transfer") { return pf::iterative_transfer(x, y).cost; };
}

TEST_CASE("4096 samples of one Gaussian and as many of another", "[benchmark]") {
  for (const pf::Index d : {2, 16}) {
    const auto x = pf::draw(pf::Gaussian<double>(d), 4096, pf::Key{1}),
               y = pf::draw(pf::Gaussian<double>(d), 4096, pf::Key{2});
    BENCHMARK("optimal pairing, d = " + std::to_string(d)) {
      return pf::optimal_pairing(x, y).cost;
    };
  }
}
