#include "support/catch.hpp"

#include <pushforward/pushforward.hpp>

#include <Eigen/Eigenvalues>

#include <cstdio>
#include <utility>

/// \file
/// How near the gradient of a convex potential comes to an optimal map that is known, in fifteen
/// seconds on one core: L2-UVP = 100 E |T - T*|^2 / E |Y - E Y|^2 percent (Korotin et al., "Do
/// neural optimal transport solvers work?", 2021).

namespace pf = pushforward;
using pf::Index;

namespace {

/// T* = grad log sum_k exp(x'Q_k x / 2 + c_k.x), k = 1 .. 6, with Q_k diagonal and positive.
class Truth {
 public:
  using Scalar = float;
  explicit Truth(Index d) : q_(pf::kBlockSize, d), c_(pf::kBlockSize, d) {
    pf::uniforms<float>({9}, 0, q_);
    pf::normals<float>(pf::Key{9}.part(1), 0, c_);
    q_ = 0.2F + 0.6F * q_;
    c_ *= 1.5F;
  }
  [[nodiscard]] Index input_dimension() const { return q_.cols(); }
  [[nodiscard]] Index output_dimension() const { return q_.cols(); }
  void apply(pf::ConstBlockRef<float> x, pf::BlockRef<float> y) const {
    pf::Lane<float> p, sum = pf::Lane<float>::Zero();
    y.setZero();
    for (Index k = 0; k < kTerms; ++k) {
      p.setZero();
      for (Index j = 0; j < x.cols(); ++j) p += x.col(j) * (q_(k, j) / 2 * x.col(j) + c_(k, j));
      pf::exp(p);
      sum += p;
      for (Index j = 0; j < x.cols(); ++j) y.col(j) += p * (q_(k, j) * x.col(j) + c_(k, j));
    }
    y.colwise() /= sum;
  }

 private:
  static constexpr Index kTerms = 6;
  pf::Block<float> q_, c_;  // of which the first six rows are used
};

/// Learns a map from N(0, I) to a law, and prints how near it and the best affine map come.
template <class Map, class Target, class Objective>
double learned_uvp(const char* name, const Map& truth, const Target& target,
                   const Objective& objective) {
  const Index d = truth.input_dimension();
  const pf::Gaussian<float> source(d);
  const pf::Matrix<float> x = pf::draw(source, 1 << 14, {5}), y = pf::image(truth, x);
  const auto uvp = [&](const auto& map) {
    const pf::Vector<float> mean = y.rowwise().mean();
    return 100 * (pf::image(map, x) - y).squaredNorm() / (y.colwise() - mean).squaredNorm();
  };
  pf::ConvexGradient<float> map(d, d < 8 ? 64 : 128, {1});
  const auto result =
      pf::fit(map, objective, pf::Adam{.rate = 1e-2},
              {.schedule = pf::WarmUp{50, pf::Cosine{}}, .seconds = 15}, pf::Average{});
  const auto affine =
      pf::gelbrich_map(pf::draw(source, 1 << 16, {6}), pf::draw(target, 1 << 16, {7}));
  const double reached = uvp(map);
  std::printf("=> %s, d = %d: L2-UVP %.4f %% in %.1f s; the best affine map %.3f %%\n", name,
              static_cast<int>(d), reached, result.seconds, double(uvp(affine)));
  return reached;
}

}  // namespace

TEST_CASE("Gradients of convex potentials, onto log-sum-exp of quadratics", "[benchmark]") {
  for (const auto& [d, most] : {std::pair<Index, double>{2, 0.02}, {4, 0.04}, {8, 0.2}, {16, 1}}) {
    const Truth truth(d);
    const pf::Gaussian<float> source(d);
    const pf::Image law(truth, source);
    CHECK(learned_uvp("by the semi-dual", truth, law, pf::SemiDualObjective(source, law)) < most);
    if (d < 16) continue;
    const pf::PushforwardObjective energy(
        source,
        pf::KernelDiscrepancy(pf::EnergyKernel{}, law,
                              {.target = {.batch = 1024}, .constant = false}),
        {.batch = 512});
    CHECK(learned_uvp("by the energy distance", truth, law, energy) < 3);
  }
}

TEST_CASE("Gradients of convex potentials, from Gaussian to Gaussian", "[benchmark]") {
  const Index d = 8;
  pf::Matrix<float> l = pf::Matrix<float>::Zero(d, d);
  for (Index k = 0; k < d; ++k)
    for (Index j = k; j < d; ++j)
      l(j, k) = j == k ? 0.4F + 0.25F * float(j) : 0.3F * ((j + k) % 2 == 1 ? 1.0F : -1.0F);
  const pf::Matrix<float> root =
      Eigen::SelfAdjointEigenSolver<pf::Matrix<float>>(l * l.transpose()).operatorSqrt();
  const pf::Vector<float> mean = pf::Vector<float>::Ones(d);
  const pf::Gaussian<float> law(mean, l);
  CHECK(learned_uvp("by the semi-dual", pf::Affine<float>(root, mean), law,
                    pf::SemiDualObjective(pf::Gaussian<float>(d), law)) < 0.1);
}
