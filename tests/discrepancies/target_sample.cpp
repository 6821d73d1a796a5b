#include "pushforward/discrepancies/target_sample.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"

#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"

namespace pf = pushforward;

TEST_CASE("A target sample is all the data, or fresh samples of the step", "[discrepancies]") {
  const pf::Matrix<double> data = support::random_matrix(2, 70, 1);
  pf::Vector<double> weights = pf::Vector<double>::Ones(70);
  weights[3] = 5;
  const pf::Empirical<double> table(data, weights);
  pf::Team team(2);

  const pf::TargetSample all("f", table, {});
  decltype(all)::Workspace work;
  const pf::Batch<double>& y = all.samples({7, team}, work);
  CHECK(all.count() == 70);
  CHECK(y.matrix() == data);
  CHECK(all.weight(0, y)[3] == Approx(5.0 / 74));
  CHECK(all.weight(1, y)[5] == Approx(1.0 / 74));
  CHECK(all.weight(1, y)[6] == 0);

  const pf::TargetSample fresh("f", table, {.batch = 100, .key = {4, 5}});
  decltype(fresh)::Workspace room;
  CHECK(fresh.count() == 100);
  for (const pf::Index step : {3, 0, 3}) {
    const pf::Batch<double>& drawn = fresh.samples({step, team}, room);
    CHECK(drawn.matrix() == pf::draw(table, 100, {4, 5}, std::uint64_t(100 * step)));
    CHECK(drawn.block(1).row(63).isApprox(drawn.block(1).row(35), 0));
    CHECK(fresh.weight(1, drawn)[35] == 0.01);
    CHECK(fresh.weight(1, drawn)[36] == 0);
    CHECK(&fresh.samples({step, team}, room) == &drawn);
  }

  const pf::Mixture<pf::Gaussian<double>> law({{-2, 0.5}, {1, 1.0}}, {0.3, 0.7});
  const pf::TargetSample of_law("f", law, {.batch = 64});
  decltype(of_law)::Workspace third;
  CHECK(of_law.samples({2, team}, third).matrix() == pf::draw(law, 64, {.stream = 3}, 128));
}

TEST_CASE("A target sample of nothing is refused", "[discrepancies]") {
  const auto error = [](const auto& target, pf::Index batch) {
    return support::error_of<std::invalid_argument>(
        [&] { (void)pf::TargetSample("f", target, {.batch = batch}); });
  };
  CHECK(error(pf::Gaussian<double>(1), 0) ==
        "f: target batch is 0, but must be at least 1 for a target that is not a list of samples");
  CHECK(error(pf::Gaussian<double>(1), -1) == "f: target batch is -1, but must be at least 0");
  CHECK(error(pf::Empirical<double>(support::random_matrix(1, 3, 1)), -3) ==
        "f: target batch is -3, but must be at least 0");
}
