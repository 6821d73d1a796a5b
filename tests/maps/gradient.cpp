#include "support/gradient.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/mlp.hpp"

#include <numbers>

namespace pf = pushforward;

namespace {

/// L(theta) = <dy, T_theta(x)> of a small network, and its gradient by backward.
struct Loss {
  explicit Loss(std::uint64_t seed)
      : map({2, 6, 5, 2}, pf::Key{seed}), x(support::random_block(2, seed)),
        dy(support::random_block(2, seed + 1000)) {
    pf::Mlp<double>::Tape tape;
    gradient = laws::gradient(map, x, dy, tape).dtheta;
  }
  double operator()(const pf::Vector<double>& theta) const {
    auto moved = map;
    moved.set_parameters(theta);
    return (laws::apply(moved, x) * dy).sum();
  }

  pf::Mlp<double> map;
  pf::Block<double> x, dy;
  pf::Vector<double> gradient;
};

constexpr std::uint64_t kCases = 100;

}  // namespace

TEST_CASE("Differences find the derivative of known functions", "[support]") {
  CHECK_THAT(support::derivative([](double t) { return std::exp(t); }), WithinRel(1.0, 1e-13));
  CHECK_THAT(support::derivative([](double t) { return std::sin(60 * t); }, 0.02),
             WithinRel(60.0, 1e-9));
  CHECK_THAT(support::derivative([](double t) { return 1 / (1 + t); }), WithinRel(-1.0, 1e-10));
  CHECK(support::derivative([](double) { return 3.0; }) == 0);
  CHECK(std::isnan(support::derivative([](double) { return std::nan(""); })));
}

TEST_CASE("The gradient check accepts every right gradient and rejects a bug of 1e-4",
          "[support]") {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const Loss loss(seed);
    const auto gap = [&](const pf::Vector<double>& gradient) {
      return support::gradient_gap(loss, loss.map.parameters(), gradient);
    };
    CHECK(gap(loss.gradient) < support::kGradientGap);
    for (const double bug : {1e-4, -1e-4}) {
      CHECK(gap((1 + bug) * loss.gradient) > 100 * support::kGradientGap);
      pf::Vector<double> one_entry = loss.gradient;
      one_entry[one_entry.size() - 1] *= 1 + bug;
      CHECK(gap(one_entry) > 100 * support::kGradientGap);
    }
    CHECK_FALSE(gap(std::nan("") * loss.gradient) < support::kGradientGap);
  }
}

TEST_CASE("The order check accepts every right derivative and rejects a bug of 1e-4", "[support]") {
  for (std::uint64_t seed = 0; seed < kCases; ++seed) {
    const Loss loss(seed);
    const pf::Vector<double> u = loss.gradient.normalized();
    const auto along = [&](double t) {
      return loss(pf::Vector<double>(loss.map.parameters() + t * u));
    };
    const double slope = loss.gradient.dot(u);
    CHECK(support::is_second_order(along, slope));
    CHECK_FALSE(support::is_second_order(along, slope * (1 + 1e-4)));
    CHECK_FALSE(support::is_second_order(along, slope * (1 - 1e-4)));
  }
}
