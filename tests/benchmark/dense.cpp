#include "support/catch.hpp"

#include <pushforward/core.hpp>
#include <pushforward/maps/detail/dense_layer.hpp>

namespace pf = pushforward;

/// Multiply-adds on 20 packs that never leave their registers: 2 * 20 * pack * rounds operations.
static float peak(pf::Index rounds) {
  pf::Pack<float> sum[20];
  for (auto& pack : sum) pack = pf::Pack<float>{} + 1.0F;
  const pf::Pack<float> factor = pf::Pack<float>{} + 0.999F, term = pf::Pack<float>{} + 0.001F;
  for (pf::Index r = 0; r < rounds; ++r)
    for (auto& pack : sum) pack = pack * factor + term;
  for (int i = 1; i < 20; ++i) sum[0] += sum[i];
  return sum[0][0];
}

TEST_CASE("64 samples through a dense layer, times of the FMA peak", "[benchmark]") {
  const pf::Index width = GENERATE(32, 64, 128, 256);
  const std::string name = std::to_string(width) + " wide";
  const pf::detail::DenseLayer layer{width, width, 0};
  pf::Vector<float> theta = pf::Vector<float>::Constant(layer.parameter_count(), 0.1F);
  pf::Block<float> x = pf::Block<float>::Constant(pf::kBlockSize, width, 0.3F), y(x);
  // as many operations as the layer, rounded up to a round of the peak loop
  const pf::Index rounds = pf::kBlockSize * width * width / (20 * pf::kPackSize<float>)+1;

  BENCHMARK("FMA peak, the operations of " + name) { return peak(rounds); };
  BENCHMARK("pushforward, " + name) {
    layer.forward(theta.data(), x.data(), pf::kBlockSize, pf::kBlockSize, y.data(), pf::kBlockSize);
    return y(0, 0);
  };
  const pf::Matrix<float> w = pf::Matrix<float>::Constant(width, width, 0.1F);
  const pf::Matrix<float> in = pf::Matrix<float>::Constant(width, pf::kBlockSize, 0.3F);
  pf::Matrix<float> out(width, pf::kBlockSize);
  BENCHMARK("Eigen GEMM, " + name) {
    out.noalias() = w * in;
    return out(0, 0);
  };
}
