#include "support/catch.hpp"

#include "peak.hpp"

#include <pushforward/core.hpp>
#include <pushforward/maps/detail/dense_layer.hpp>

namespace pf = pushforward;

TEMPLATE_TEST_CASE_SIG("64 samples through a dense layer, as many times as fast as the FMA peak",
                       "[benchmark]", ((int width), width), 32, 64, 128, 256) {
  const std::string name = std::to_string(width) + " wide";
  const pf::detail::DenseLayer layer{width, width, 0};
  pf::Vector<float> theta = pf::Vector<float>::Constant(layer.parameter_count(), 0.1F);
  pf::Block<float> x = pf::Block<float>::Constant(pf::kBlockSize, width, 0.3F), y(x);

  BENCHMARK("FMA peak, the operations of " + name) {
    return benchmark::multiply_adds(pf::kBlockSize * width * width);
  };
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
