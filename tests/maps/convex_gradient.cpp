#include "pushforward/maps/convex_gradient.hpp"

#include "support/laws.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

/// Not near a singular one.
template <pf::Real S>
pf::ConvexGradient<S> convex(Index d, Index terms, std::uint64_t seed = 5, S c = S(0.5)) {
  pf::Matrix<S> l = support::random_matrix<S>(d, d, seed, 1 / std::sqrt(double(d)));
  for (Index j = 0; j < d; ++j) l(j, d - 1 - j) += j % 2 == 0 ? S(2) : S(-1.5);
  return {l, support::random_vector<S>(d, seed + 1), support::random_matrix<S>(terms, d, seed + 2),
          support::random_vector<S>(terms, seed + 3), c};
}

}  // namespace

static_assert(pf::TrainableInvertibleMap<pf::ConvexGradient<float>>);
static_assert(pf::HasTangentBackward<pf::ConvexGradient<float>>);
static_assert(pf::HasApplyOne<pf::ConvexGradient<float>>);

TEMPLATE_TEST_CASE("ConvexGradient is a map that trains by its volume too, and inverts",
                   "[maps][laws]", float, double) {
  using S = TestType;
  for (const Index d : {1, 2, 3, 8, 17})
    for (const Index terms : {1, 2, 7, 64, 65}) {
      INFO("d " << d << ", terms " << terms);
      laws::trainable_invertible_map(convex<S>(d, terms), {.step = 1.0 / 16});
    }
  laws::trainable_invertible_map(pf::ConvexGradient<S>(5, 40, pf::Key{1}), {.step = 1.0 / 16});
  laws::one_tape(convex<S>(3, 17), convex<S>(5, 2));
}

TEST_CASE("ConvexGradient keeps its laws where it is sharp, of low rank, and far away",
          "[maps][laws]") {
  laws::trainable_map(convex<double>(3, 9, 5, 3), {.step = 1.0 / 256});
  laws::trainable_map(convex<double>(3, 9), {.scale = 40, .step = 1.0 / 256});
  const auto of = [](const pf::Matrix<double>& l) {
    return pf::ConvexGradient<double>(l, support::random_vector(3, 2),
                                      support::random_matrix(20, 3, 3, 3),
                                      support::random_vector(20, 4), 0);
  };
  laws::trainable_map(of(support::random_matrix(3, 1, 1)), {.step = 1.0 / 64});
  laws::trainable_invertible_map(of(support::random_matrix(3, 5, 1)), {.step = 1.0 / 64});
}

TEST_CASE("ConvexGradient in float has the gradient of ConvexGradient in double", "[maps]") {
  for (const Index d : {1, 3, 8}) laws::same_gradient(convex<float>(d, 20), convex<double>(d, 20));
}

TEST_CASE("ConvexGradient returns L L'x + t + W'p, the gradient of its potential", "[maps]") {
  const pf::Matrix<double> l = support::random_matrix(3, 2, 1), w = support::random_matrix(7, 3, 3);
  const pf::Vector<double> t = support::random_vector(3, 2), b = support::random_vector(7, 4);
  const double c = 0.7, sharpness = std::exp(c);
  const pf::ConvexGradient<double> map(l, t, w, b, c);
  const pf::Block<double> x = support::random_block(3, 5), y = laws::apply(map, x);
  const auto potential = [&](const pf::Vector<double>& at) {
    return (l.transpose() * at).squaredNorm() / 2 + t.dot(at) +
           std::log((sharpness * (w * at + b)).array().exp().sum()) / sharpness;
  };
  pf::ConvexGradient<double>::Tape tape;
  pf::Block<double> again(64, 3);
  pf::Lane<double> phi;
  map.forward(x, again, tape);
  map.potential(tape, phi);
  for (const Index i : {0, 29, 63}) {
    const pf::Vector<double> at = x.row(i).matrix().transpose();
    CHECK_THAT(phi[i], WithinRel(potential(at), 1e-14));
    pf::Vector<double> p = (sharpness * (w * at + b)).array().exp();
    p /= p.sum();
    const pf::Vector<double> expected = l * l.transpose() * at + t + w.transpose() * p;
    CHECK(laws::relative_gap(y.row(i).matrix().transpose(), expected) < 1e-14);
    CHECK(support::gradient_gap(potential, at, expected) < support::kGradientGap);
    const pf::Matrix<double> hessian =
        l * l.transpose() +
        sharpness * w.transpose() * (pf::Matrix<double>(p.asDiagonal()) - p * p.transpose()) * w;
    CHECK(laws::relative_gap(laws::jacobian(map, x, i), hessian) < 1e-13);
  }
}

TEST_CASE("ConvexGradient has the gradient of its potential in the parameters", "[maps]") {
  for (const Index d : {1, 3})
    for (const Index terms : {1, 7, 65}) {
      INFO("d " << d << ", terms " << terms);
      const pf::ConvexGradient<double> map = convex<double>(d, terms);
      const pf::Block<double> x = support::random_block(d, 5, 2);
      const pf::Lane<double> a = support::random_block(1, 6).col(0);
      pf::ConvexGradient<double>::Tape tape;
      pf::Block<double> y(64, d);
      const auto loss = [&](const pf::Vector<double>& theta) {
        pf::ConvexGradient<double> other = map;
        other.set_parameters(theta);
        pf::Lane<double> phi;
        other.forward(x, y, tape);
        other.potential(tape, phi);
        return pf::weighted_sum(a, phi);
      };
      pf::Vector<double> dtheta =
          pf::Vector<double>::Ones(map.parameter_count());  // it is added to
      map.forward(x, y, tape);
      map.backward_potential(tape, a, dtheta);
      CHECK(support::gradient_gap(loss, map.parameters(), dtheta.array() - 1) <
            support::kGradientGap);
    }
}

TEMPLATE_TEST_CASE("The potential of ConvexGradient is right where exp(z) overflows", "[maps]",
                   float, double) {
  using S = TestType;
  const double c = std::log(1e4);
  const pf::ConvexGradient<S> map = convex<S>(3, 20, 5, S(c));
  const auto [l, t, w, b] = std::tuple(
      support::random_matrix<S>(3, 3, 5, 1 / std::sqrt(3.0)), support::random_vector<S>(3, 6),
      support::random_matrix<S>(20, 3, 7), support::random_vector<S>(20, 8));
  const pf::Block<S> x = support::random_block<S>(3, 5, 2);
  typename pf::ConvexGradient<S>::Tape tape;
  pf::Block<S> y(64, 3);
  pf::Lane<S> phi;
  map.forward(x, y, tape);
  map.potential(tape, phi);
  for (Index i = 0; i < 64; ++i) {
    const pf::Vector<S> at = x.row(i).matrix().transpose();
    pf::Matrix<S> factor = l;
    for (Index j = 0; j < 3; ++j) factor(j, 2 - j) += j % 2 == 0 ? S(2) : S(-1.5);
    const double lowest =
        double((factor.transpose() * at).squaredNorm() / 2 + t.dot(at) + (w * at + b).maxCoeff());
    CHECK(double(phi[i]) > lowest - 1e-5);
    CHECK(double(phi[i]) < lowest + std::log(20.0) / 1e4 + 1e-5);
  }
}

TEST_CASE("ConvexGradient starts near the identity, the nearer the more terms it has", "[maps]") {
  const pf::Block<double> x = support::random_block(4, 5);
  double last = 2;
  for (const Index terms : {16, 256, 4096}) {
    const double gap =
        laws::relative_gap(laws::apply(pf::ConvexGradient<double>(4, terms, pf::Key{1}), x), x);
    CHECK(gap < last / 2);
    last = gap;
  }
  CHECK(last < 0.05);
}

TEST_CASE("ConvexGradient inverts where its slope jumps, and from far away", "[maps]") {
  const auto round_trip = [](const auto& map, double scale) {
    using S = typename std::decay_t<decltype(map)>::Scalar;
    const pf::Block<S> x = support::random_block<S>(map.input_dimension(), 1, scale),
                       y = laws::apply(map, x);
    pf::Block<S> back(pf::kBlockSize, map.input_dimension());
    pf::ScratchOf<std::decay_t<decltype(map)>> scratch;
    map.inverse(y, back, scratch);
    CHECK(pf::all_finite(back));
    return laws::relative_gap(laws::apply(map, back), y);
  };
  for (const double c : {-3, 0, 3, 6})
    for (const double scale : {1e-3, 1.0, 1e3, 1e9}) {
      INFO("c " << c << ", scale " << scale);
      for (const Index d : {1, 2, 8, 16}) {
        CHECK(round_trip(convex<double>(d, 30, 5, c), scale) < 1e-12);
        CHECK(round_trip(convex<float>(d, 30, 5, static_cast<float>(c)), scale) < 3e-4);
      }
      const pf::Matrix<double> flat = 0.02 * pf::Matrix<double>::Identity(4, 4);
      CHECK(round_trip(pf::ConvexGradient<double>(flat, pf::Vector<double>::Zero(4),
                                                  support::random_matrix(30, 4, 1, 3),
                                                  support::random_vector(30, 2), c),
                       scale) < 1e-10);
    }
}

TEST_CASE("ConvexGradient inverts each row by itself, and what has no inverse is NaN", "[maps]") {
  const pf::ConvexGradient<double> map = convex<double>(3, 9, 5, 3);
  pf::Block<double> y = support::random_block(3, 1, 3), x(64, 3), alone(64, 3);
  pf::ConvexGradient<double>::Scratch scratch;
  map.inverse(y, x, scratch);
  for (const double other : {0.0, 1e6, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
    pf::Block<double> among = pf::Block<double>::Constant(64, 3, other);
    among.row(29) = y.row(29);
    map.inverse(among, alone, scratch);
    CHECK(laws::same_bits(alone.row(29), x.row(29)));
    if (!pf::is_finite(other)) CHECK(alone.row(3).isNaN().all());
  }

  INFO("without L, T maps into the hull of the rows of W");
  const pf::ConvexGradient<double> hull(pf::Matrix<double>::Zero(1, 1), pf::Vector<double>::Zero(1),
                                        pf::Matrix<double>{{-1}, {1}}, pf::Vector<double>::Zero(2),
                                        0);
  pf::Block<double> inside = pf::Block<double>::Constant(64, 1, 0.5);
  inside(7, 0) = 2;
  pf::Block<double> back(64, 1);
  hull.inverse(inside, back, scratch);
  CHECK_THAT(back(3, 0), WithinRel(std::atanh(0.5), 1e-13));
  CHECK(std::isnan(back(7, 0)));
}

TEST_CASE("ConvexGradient that is singular has volume 0", "[maps]") {
  const pf::Matrix<double> l{{1, 0}, {2, 0}};
  const pf::ConvexGradient<double> map(l, pf::Vector<double>::Zero(2),
                                       pf::Matrix<double>::Ones(1, 2), pf::Vector<double>::Zero(1),
                                       0);
  const pf::Block<double> x = support::random_block(2, 1);
  pf::Block<double> y(64, 2);
  pf::Lane<double> log_det;
  pf::ConvexGradient<double>::Scratch scratch;
  map.apply(x, y, log_det, scratch);
  CHECK((log_det == -std::numeric_limits<double>::infinity()).all());
  laws::trainable_map(map);
}

TEST_CASE("ConvexGradient refuses shapes that do not meet, and numbers that are none",
          "[maps][hostile]") {
  using pf::Matrix, pf::Vector;
  using support::error_of;
  const auto error = [](const Matrix<double>& l, const Vector<double>& t, const Matrix<double>& w,
                        const Vector<double>& b) {
    return error_of<std::invalid_argument>([&] { pf::ConvexGradient<double>(l, t, w, b, 0); });
  };
  const Matrix<double> l = Matrix<double>::Ones(2, 3), w = Matrix<double>::Ones(4, 2);
  const Vector<double> two = Vector<double>::Ones(2), four = Vector<double>::Ones(4);
  CHECK(error({}, two, w, four) == "ConvexGradient: size of L is 0, but must be at least 1");
  CHECK(error(l, two, {}, {}) == "ConvexGradient: rows of W is 0, but must be at least 1");
  CHECK(error(l, four, w, four) == "ConvexGradient: size of t is 4, but must be 2");
  CHECK(error(l, two, w.transpose(), two) == "ConvexGradient: columns of W is 4, but must be 2");
  CHECK(error(l, two, w, two) == "ConvexGradient: size of b is 2, but must be 4");
  CHECK(error_of<std::domain_error>([&] {
          pf::ConvexGradient<double>(l, two, w, four, std::numeric_limits<double>::infinity());
        }) == "ConvexGradient: [t b c] at row 6, column 0 is inf, but must be finite");
  CHECK(error_of<std::domain_error>([&] {
          Vector<double> b = four;
          b[1] = std::numeric_limits<double>::quiet_NaN();
          pf::ConvexGradient<double>(l, two, w, b, 0);
        }) == "ConvexGradient: [t b c] at row 3, column 0 is nan, but must be finite");
  CHECK(error_of<std::invalid_argument>([] { pf::ConvexGradient<double>(0, 3, pf::Key{}); }) ==
        "ConvexGradient: dimension is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] { pf::ConvexGradient<double>(3, 0, pf::Key{}); }) ==
        "ConvexGradient: terms is 0, but must be at least 1");
  CHECK_THAT(
      error_of<std::length_error>([] { pf::ConvexGradient<double>(1, Index(1) << 60, pf::Key{}); }),
      StartsWith("ConvexGradient: terms x dimension is"));
}
