#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/laws.hpp"
#include "support/temporary_directory.hpp"

#include <pushforward/io/map_file.hpp>
#include <pushforward/problems.hpp>
#include <pushforward/recipes.hpp>

#include <limits>
#include <numbers>

namespace pf = pushforward;
using pf::Index;
using Matrix = pf::Matrix<double>;

namespace {

Matrix moons(Index n) {
  return pf::draw(pf::problems::Moons<float>{}, n, {5, 1}).template cast<double>();
}

/// The unit circle, whose hole no two Gaussians have.
Matrix circle(Index n, pf::Key key) {
  const Matrix angle = pf::draw(pf::Uniform<double>(0, 2 * std::numbers::pi), n, key);
  Matrix points(2, n);
  points << angle.array().cos(), angle.array().sin();
  return points;
}

/// So little time that sizes are small, and the steps that are asked for.
pf::LearnOptions brief(Index steps) { return {.seconds = 0.02, .steps = steps, .key = pf::Key{1}}; }

}  // namespace

TEST_CASE("learn comes from a table to a sampler of its law", "[learn]") {
  const pf::Learned<double> learned = pf::learn(circle(20000, {5, 1}), brief(400));
  CHECK(learned.fit.status == pf::Status::finished);
  CHECK(learned.fit.steps == 400);
  CHECK(learned.training_rows == 16000);
  CHECK(learned.held_out_rows == 4000);
  CHECK(learned.seconds > 0);
  CHECK(learned.sampler.source().components().size() <= 3);
  CHECK(learned.energy_distance.training < 0.005);
  CHECK(learned.energy_distance.mixture > 0.02);
  CHECK(learned.energy_distance.model < 0.4 * learned.energy_distance.mixture);
  CHECK(pf::energy_distance(learned.sampler.sample(4000), circle(4000, {5, 2}),
                            {.unbiased = true}) < 0.01);
}

TEST_CASE("what is judged is what is given", "[learn]") {
  const Matrix data = moons(300);
  pf::Learning<double> learning(data, brief(20));
  const auto learned = learning.fit();
  const auto units = pf::Standardize<double>::of(learning.rows().training);
  const Matrix held_out = pf::image(units, learning.rows().held_out);
  CHECK(learned.energy_distance.model ==
        pf::energy_distance(pf::image(units, learned.sampler.sample(4096)), held_out));
  CHECK(learned.energy_distance.training ==
        pf::energy_distance(pf::image(units, learning.rows().training), held_out));
  const Matrix start = pf::draw(learned.sampler.source(), 4096, learned.sampler.key());
  CHECK(learned.energy_distance.mixture == pf::energy_distance(start, held_out));
}

TEST_CASE("before a step is done, the map is the identity on the mixture", "[learn]") {
  pf::Learning<double> learning(moons(100), brief(50));
  const auto learned = learning.fit([](const pf::TrainBegin&) { return pf::Signal::stop; });
  CHECK(learned.fit.status == pf::Status::stopped);
  const auto units = pf::Standardize<double>::of(learning.rows().training);
  const Matrix start = pf::draw(learned.sampler.source(), 100, learned.sampler.key());
  CHECK(laws::same_bits(learned.sampler.sample(100), pf::image(units.inverse_map(), start)));
  CHECK(learned.energy_distance.model == Approx(learned.energy_distance.mixture).epsilon(1e-5));
}

TEST_CASE("so many steps give the same bits on any team, and by the key", "[learn]") {
  const Matrix data = moons(200);
  const auto samples = [&](pf::LearnOptions options) {
    return Matrix(pf::learn(data, options).sampler.sample(100));
  };
  const Matrix alone = samples(brief(30));
  pf::LearnOptions other = brief(30);
  other.threads = 3;
  CHECK(laws::same_bits(samples(other), alone));
  other.key = {2};
  CHECK_FALSE(laws::same_bits(samples(other), alone));
}

TEST_CASE("learning that is stopped goes on to the bit", "[learn]") {
  const support::TemporaryDirectory folder;
  const auto path = folder / "run";
  const Matrix data = moons(200);
  const Matrix alone = pf::learn(data, brief(60)).sampler.sample(50);
  {
    pf::Learning<double> learning(data, brief(60));
    const auto stop = [](const pf::StepEnd<float>& event) {
      return event.step == 24 ? pf::Signal::stop : pf::Signal::proceed;
    };
    CHECK(learning.fit(stop, learning.checkpoint(path, 10)).fit.steps == 25);
  }
  pf::Learning<double> learning(data, brief(60));
  learning.resume(path);
  const auto learned = learning.fit();
  CHECK(learned.fit.steps == 60);
  CHECK(laws::same_bits(learned.sampler.sample(50), alone));

  Matrix changed = data;
  changed(0, 7) += 1;
  pf::Learning<double> of_another(changed, brief(60));
  CHECK_THROWS_AS(of_another.resume(path), pf::format_error);
  pf::Learning<double> longer(data, brief(61));
  CHECK_THROWS_AS(longer.resume(path), pf::format_error);
}

TEST_CASE("what was learned is saved as any sampler", "[learn]") {
  const support::TemporaryDirectory folder;
  const auto learned = pf::learn(moons(100), brief(10));
  pf::save(folder / "map", learned.sampler);
  const auto file = pf::load<pf::LearnedSampler<double>>(folder / "map");
  CHECK(laws::same_bits(file.sampler.sample(100), learned.sampler.sample(100)));
}

TEST_CASE("every row is learned from where none is held out", "[learn]") {
  pf::LearnOptions options = brief(5);
  options.held_out = 0;
  const auto learned = pf::learn(moons(50), options);
  CHECK(learned.training_rows == 50);
  CHECK(learned.held_out_rows == 0);
  CHECK(learned.energy_distance.model == 0);
  CHECK(learned.energy_distance.mixture == 0);
  CHECK(learned.energy_distance.training == 0);
}

TEST_CASE("seconds are what it takes, about", "[learn]") {
  const auto learned = pf::learn(moons(100), {.seconds = 0.3});
  CHECK(learned.fit.status == pf::Status::finished);
  CHECK(learned.fit.steps > 3);
  CHECK(learned.seconds < 10);
}

TEST_CASE("far from zero, the digits of the data are kept", "[learn]") {
  const Matrix data = (moons(200).array() * 1e-3 + 1.7e9).matrix();  // as a time in seconds
  const auto learned = pf::learn(data, brief(30));
  const Matrix samples = learned.sampler.sample(500);
  const double low = data.row(0).minCoeff(), high = data.row(0).maxCoeff();
  CHECK(samples.row(0).minCoeff() > low - (high - low));
  CHECK(samples.row(0).maxCoeff() < high + (high - low));
  CHECK((samples.row(0).array() != samples(0, 0)).count() > 400);
}

TEST_CASE("tables that say little are learned all the same", "[learn]") {
  Matrix data(3, 60);
  SECTION("a column that is constant") {
    data << moons(60), pf::Vector<double>::Constant(60, 7).transpose();
    const Matrix samples = pf::learn(data, brief(20)).sampler.sample(100);
    CHECK(samples.allFinite());
    CHECK((samples.row(2).array() == 7).all());
  }
  SECTION("all rows are one") {
    data.colwise() = pf::Vector<double>{{1, -2, 1e6}};
    CHECK(laws::same_bits(pf::learn(data, brief(20)).sampler.sample(10), data.leftCols(10)));
  }
  SECTION("one column, of two values") {
    const Matrix coin = (moons(60).row(0).array() > 0).cast<double>();
    const auto learned = pf::learn(coin, brief(200));
    CHECK(learned.sampler.sample(100).allFinite());
    CHECK(learned.energy_distance.model < learned.energy_distance.training + 0.03);
  }
  SECTION("numbers as large as they come") {
    const Matrix large = moons(60) * 1e300;
    CHECK(pf::learn(large, brief(20)).sampler.sample(100).allFinite());
  }
  SECTION("a single row") {
    const Matrix one = moons(1);
    CHECK(laws::same_bits(pf::learn(one, brief(5)).sampler.sample(1), one));
  }
}

TEST_CASE("learn refuses tables and options that are none", "[learn][hostile]") {
  Matrix data = moons(20);
  CHECK_THROWS_AS(pf::learn(Matrix(2, 0), brief(5)), std::invalid_argument);
  const Matrix wide = Matrix::Zero(100, 20);
  CHECK_THROWS_AS(pf::learn(wide, brief(5)), std::invalid_argument);
  CHECK(pf::learn(pf::Empirical<double>(wide, {}), brief(5)).training_rows == 16);
  const pf::Empirical<double> weighted(data, pf::Vector<double>::Ones(20));
  CHECK_THROWS_AS(pf::learn(weighted, brief(5)), std::invalid_argument);
  for (const double seconds : {0.0, -1.0, std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(pf::learn(data, {.seconds = seconds}), std::domain_error);
  CHECK_THROWS_AS(pf::learn(data, {.steps = -1}), std::invalid_argument);
  CHECK_THROWS_AS(pf::learn(data, {.threads = 0}), std::invalid_argument);
  CHECK_THROWS_AS(pf::learn(data, {.held_out = 1}), std::domain_error);
  data(1, 3) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(pf::learn(data, brief(5)), std::domain_error);
}
