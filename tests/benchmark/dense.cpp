#include "support/catch.hpp"

#include <pushforward/core.hpp>
#include <pushforward/maps/detail/dense_layer.hpp>

namespace pf = pushforward;

/// Multiply-adds on 10 packs that never leave their registers: 20 operations a lane and round.
static float peak(pf::Index rounds) {
  using Pack = pf::Pack<float>;
  const Pack x = Pack{} + 0.999F, y = Pack{} + 0.001F;
  Pack a = y, b = y + 1.0F, c = y + 2.0F, d = y + 3.0F, e = y + 4.0F;
  Pack f = y + 5.0F, g = y + 6.0F, h = y + 7.0F, i = y + 8.0F, j = y + 9.0F;
  for (pf::Index r = 0; r < rounds; ++r) {
    a = a * x + y, b = b * x + y, c = c * x + y, d = d * x + y, e = e * x + y;
    f = f * x + y, g = g * x + y, h = h * x + y, i = i * x + y, j = j * x + y;
  }
  return (((a + b) + (c + d)) + ((e + f) + (g + h)) + (i + j))[0];
}

TEMPLATE_TEST_CASE_SIG("64 samples through a dense layer, as many times as fast as the FMA peak",
                       "[benchmark]", ((int width), width), 32, 64, 128, 256) {
  const std::string name = std::to_string(width) + " wide";
  const pf::detail::DenseLayer layer{width, width, 0};
  pf::Vector<float> theta = pf::Vector<float>::Constant(layer.parameter_count(), 0.1F);
  pf::Block<float> x = pf::Block<float>::Constant(pf::kBlockSize, width, 0.3F), y(x);
  const pf::Index rounds = pf::kBlockSize * width * width / (10 * pf::kPackSize<float>);

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
