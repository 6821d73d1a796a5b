#include "pushforward/maps/spectral_norm.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/mlp.hpp"

#include <Eigen/QR>
#include <Eigen/SVD>

namespace pf = pushforward;
using pf::Index;
using Sizes = std::vector<Index>;
template <class S, class Hidden = pf::Tanh>
using Critic = pf::SpectralNorm<pf::Mlp<S, Hidden>>;

namespace {

/// The weights of layer l, out x in.
template <class Net>
pf::Matrix<double> weights(const Net& net, std::size_t l) {
  const auto& layer = net.layers()[l];
  return net.parameters()
      .segment(layer.offset, layer.in * layer.out)
      .reshaped(layer.out, layer.in)
      .template cast<double>();
}

double spectral_norm(const pf::Matrix<double>& a) {
  return Eigen::JacobiSVD<pf::Matrix<double>>(a).singularValues()[0];
}

/// n x count, with orthonormal columns.
pf::Matrix<double> orthonormal(Index n, Index count) {
  const pf::Matrix<double> full =
      support::random_matrix(n, n, std::uint64_t(n + count)).householderQr().householderQ();
  return full.leftCols(count);
}

pf::detail::LargestSingularValue<double> largest(const pf::Matrix<double>& a) {
  pf::detail::LargestSingularValue<double> s;
  s.compute(a.data(), a.rows(), a.cols());
  return s;
}

}  // namespace

TEMPLATE_TEST_CASE("SpectralNorm is a trainable map", "[maps][laws]", float, double) {
  for (const Sizes& sizes : {Sizes{1, 1}, Sizes{3, 17, 2}, Sizes{2, 65, 9, 1}})
    laws::trainable_map(Critic<TestType>(pf::Mlp<TestType>(sizes, pf::Key{1})), {.step = 1.0 / 32});
  const Critic<TestType> one(pf::Mlp<TestType>({2, 17, 3}, pf::Key{1}));
  laws::one_tape(one, Critic<TestType>(pf::Mlp<TestType>({4, 5, 6, 1}, pf::Key{2})));
  auto none = one;
  none.set_parameters(0 * one.parameters());
  laws::map(none);
}

TEST_CASE("SpectralNorm in float has the gradient of that in double", "[maps]") {
  laws::same_gradient(Critic<float>(pf::Mlp<float>({3, 33, 16, 2}, pf::Key{1})),
                      Critic<double>(pf::Mlp<double>({3, 33, 16, 2}, pf::Key{2})));
}

TEST_CASE("The largest singular value has its vectors", "[maps]") {
  using Matrix = pf::Matrix<double>;
  const auto check = [](const Matrix& a, double tolerance = 1e-13) {
    const auto s = largest(a);
    const double expected = spectral_norm(a);
    INFO(a.rows() << " x " << a.cols());
    CHECK_THAT(s.value, WithinRel(expected, tolerance));
    CHECK_THAT(s.u.norm(), WithinRel(1.0, 1e-14));
    CHECK_THAT(s.v.norm(), WithinRel(1.0, 1e-14));
    const Matrix unit = a / expected;
    CHECK((unit * s.v - s.u).norm() <= 1e-12);
    CHECK((unit.transpose() * s.u - s.v).norm() <= 1e-12);
  };
  for (const auto& [rows, columns] :
       {std::pair<Index, Index>{1, 1}, {1, 7}, {7, 1}, {5, 5}, {64, 3}, {3, 64}, {70, 66}})
    for (const double scale : {1.0, 1e-200, 1e200})
      check(scale * support::random_matrix(rows, columns, std::uint64_t(rows)));
  check(Matrix::Identity(9, 9));
  check(-Matrix::Ones(3, 8));
  Matrix close = Matrix::Identity(4, 4);
  for (const double gap : {1e-3, 1e-7, 1e-10, 1e-14}) {
    close(2, 2) = 1 + gap;
    check(close);
    check(orthonormal(4, 4) * close * orthonormal(4, 4).transpose());
  }
  // several are the largest, along no axis: no power of A'A has rank one
  for (const auto& [rows, columns] : {std::pair<Index, Index>{4, 4}, {30, 30}, {70, 66}, {9, 40}})
    for (const Index several : {2, 3}) {
      pf::Vector<double> values = pf::Vector<double>::Constant((std::min)(rows, columns), 0.5);
      values.head(several).setOnes();
      check(orthonormal(rows, values.size()) * values.asDiagonal() *
            orthonormal(columns, values.size()).transpose());
    }
  CHECK(largest(Matrix::Zero(3, 2)).value == 1);
  CHECK(largest(Matrix::Zero(3, 2)).u == pf::Vector<double>::Zero(3));
  auto used = largest(Matrix::Ones(3, 2));
  used.compute(Matrix::Zero(3, 2).eval().data(), 3, 2);
  CHECK(used.v == pf::Vector<double>::Zero(2));
  check(pf::Vector<double>{{1, 3, 2}}.asDiagonal());
  close(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(largest(close).value));
}

TEST_CASE("Layers have spectral norm 1, and the network is 1-Lipschitz", "[maps]") {
  const auto check = [](const auto& net) {
    const pf::SpectralNorm critic(net);
    for (std::size_t l = 0; l < net.layers().size(); ++l) {
      CHECK_THAT(spectral_norm(weights(critic.normalised(), l)), WithinRel(1.0, 1e-13));
      const double s = spectral_norm(weights(net, l));
      CHECK(laws::relative_gap(s * weights(critic.normalised(), l), weights(net, l)) < 1e-13);
    }
    double steepest = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Index d = net.input_dimension();
      const pf::Block<double> x = support::random_block(d, seed, 3),
                              dx = support::random_block(d, 100 + seed, seed < 10 ? 1e-3 : 3.0),
                              moved = x + dx;
      const pf::Block<double> dy = laws::apply(critic, moved) - laws::apply(critic, x);
      for (Index i = 0; i < pf::kBlockSize; ++i)
        steepest = (std::max)(steepest, dy.row(i).matrix().norm() / dx.row(i).matrix().norm());
    }
    CHECK(steepest <= 1 + 1e-10);
    CHECK(steepest > 0.02);
  };
  check(pf::Mlp<double, pf::LeakyRelu>({2, 40, 30, 1}, pf::Key{1}));
  check(pf::Mlp<double, pf::Tanh>({3, 65, 2}, pf::Key{2}));
  check(pf::Mlp<double, pf::Softplus>({1, 20, 1}, pf::Key{3}));
}

TEST_CASE("A critic may look at standardised samples", "[maps][laws]") {
  const pf::Mlp<double, pf::Silu> first({2, 9, 3}, pf::Key{4});
  laws::trainable_map(pf::Compose(first, pf::Mlp<double, pf::Tanh, pf::Softplus>({3, 5, 2}, {})));
}

TEST_CASE("SpectralNorm scales away, and keeps what it is given", "[maps]") {
  const pf::Mlp<double> net({2, 5, 1}, pf::Key{1});
  Critic<double> critic(net), scaled(net);
  pf::Vector<double> theta = net.parameters();
  theta.head(10) *= 4;
  scaled.set_parameters(theta);
  CHECK(laws::same_bits(scaled.parameters(), theta));
  const pf::Block<double> x = support::random_block(2, 3);
  CHECK(laws::same_bits(laws::apply(critic, x), laws::apply(scaled, x)));
  CHECK(support::error_of<std::invalid_argument>([&] { scaled.set_parameters(theta.head(20)); }) ==
        "SpectralNorm::set_parameters: size of theta is 20, but must be 21");
  theta[3] = std::numeric_limits<double>::quiet_NaN();
  scaled.set_parameters(theta);
  CHECK(std::isnan(laws::apply(scaled, x)(0, 0)));
  scaled.set_parameters(net.parameters());
  CHECK(laws::same_bits(laws::apply(critic, x), laws::apply(scaled, x)));
}
