#include "pushforward/io/load_any.hpp"

#include "pushforward/flows/conditional_mean.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/temporary_directory.hpp"

namespace pf = pushforward;
using support::error_of;

namespace {

/// What load_any reads has the samples of the sampler, and is saved as the same bytes.
template <class S>
void check_any(const S& sampler) {
  using Scalar = typename S::Scalar;
  const std::string bytes = pf::map_bytes(sampler);
  const auto file = std::get<pf::MapFile<pf::AnySampler<Scalar>>>(pf::read_any_map(bytes));
  CHECK(file.exact);
  const pf::Matrix<Scalar> a = file.sampler.sample(130, 5), b = sampler.sample(130, 5);
  CHECK(std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(Scalar)) == 0);
  CHECK(pf::map_bytes(file.sampler) == bytes);
}

std::string read_error(const std::string& bytes) {
  return error_of<pf::format_error>([&] { (void)pf::read_any_map(bytes, "a.map"); });
}

/// A user's map, which no file can be read as without its type.
struct Shift {
  using Scalar = double;
  static constexpr std::string_view kName = "Shift";
  [[nodiscard]] auto description() const { return pf::describe("by", by); }
  double by = 0;
  [[nodiscard]] pf::Index input_dimension() const { return 1; }
  [[nodiscard]] pf::Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = x + by; }
};

}  // namespace

TEST_CASE("every built-in sampler is read without its type", "[io]") {
  using S = double;
  const pf::Matrix<S> two = pf::Matrix<S>::Identity(2, 2) * 3;
  const pf::Vector<S> one_two = pf::Vector<S>::LinSpaced(2, 1, 2);
  const pf::Gaussian<S> source(2);
  const pf::Key key{9, 4};
  const auto with = [&](const auto& map) { check_any(pf::Sampler(map, source, key)); };
  with(pf::Identity<S>(2));
  with(pf::Affine<S>(two, one_two));
  with(pf::Standardize<S>::of(two));
  with(pf::ConvexGradient<S>(2, 5, key));
  with(pf::InverseOf(pf::ConvexGradient<S>(2, 5, key)));
  with(pf::Mlp<S, pf::Tanh, pf::Linear>({2, 5, 3}, key));
  with(pf::Mlp<S, pf::Relu, pf::Logistic>({2, 5, 3}, key));
  with(pf::Mlp<S, pf::LeakyRelu, pf::Softplus>({2, 5, 5, 3}, key));
  with(pf::Mlp<S, pf::Silu, pf::Tanh>({2, 1}, key));
  with(pf::Mlp<S, pf::Linear, pf::Relu>({2, 1}, key));
  with(pf::Compose(pf::Compose(pf::Mlp<S>({2, 3, 2}, key), pf::Identity<S>(2)),
                   pf::Standardize<S>::of(two).inverse_map()));
  with(pf::Chain(std::vector<pf::Affine<S>>(3, pf::Affine<S>(two, one_two))));
  with(pf::Residual(pf::Mlp<S, pf::Tanh>({2, 3, 2}, key)));
  with(pf::Alongside(pf::Mlp<S, pf::Tanh>({2, 3, 2}, key), 1));
  with(pf::Pin(pf::Mlp<S, pf::Tanh>({4, 3, 2}, key), one_two));
  const pf::SpectralNorm critic(pf::Mlp<S, pf::Relu, pf::Softplus>({4, 5, 1}, key));
  with(pf::Players(pf::Mlp<S, pf::Tanh>({2, 3, 2}, key), critic));
  with(pf::PowerCells<S>(two, one_two));
  with(pf::SpectralNorm(pf::Mlp<S, pf::LeakyRelu>({2, 7, 2}, key)));
  with(pf::InverseOf(pf::Compose(pf::Affine<S>(two, one_two), pf::Standardize<S>::of(two))));
  with(pf::InverseOf(pf::InverseOf(pf::Chain(std::vector<pf::Affine<S>>(2, {two, one_two})))));
  check_any(pf::Sampler(pf::InverseOf(pf::RationalQuadraticSpline<S>(one_two, one_two * 3)),
                        pf::Gaussian<S>(1), key));
  const auto from = [&](const auto& measure) {
    check_any(pf::Sampler(pf::Identity<S>(2), measure, key));
  };
  const pf::Uniform<S> square(-one_two, one_two / 3);
  from(square);
  from(pf::Mixture<pf::Gaussian<S>>({source, pf::Gaussian<S>(one_two, two)}, {S(0.3), S(0.1)}));
  from(pf::Mixture<pf::Mixture<pf::Uniform<S>>>({{{square}, {S(1)}}}, {S(0.3)}));
  from(pf::Product(pf::Gaussian<S>(1), pf::Uniform<S>(0, 1)));
  from(pf::Image(pf::Affine<S>(two, one_two), square));
  const pf::Graph graph(pf::Mlp<S>({2, 1}, key), square);
  check_any(pf::Sampler(pf::Identity<S>(3), graph, key));
  from(pf::Marginal(graph, 1, 2));
  from(pf::Empirical<S>(two, one_two / 7));
  from(pf::QuasiRandom(square, 100, key));
  from(pf::QuasiRandom(source, 100, key));
  from(pf::Sampler(pf::Identity<S>(2), source, key));
}

TEST_CASE("flows by every method are read without their type", "[io]") {
  using S = float;
  const pf::Key key{9, 4};
  const pf::Mlp<S, pf::Tanh> net({3, 5, 2}, key);
  const pf::Denoiser denoiser(net, {.data_deviation = 3});
  const auto grid = pf::TimeGrid<S>::uniform(0, 1, 3);
  const auto levels = pf::TimeGrid<S>::noise(3, {.largest = 2});
  const auto with = [&](const auto& map) { check_any(pf::Sampler(map, pf::Gaussian<S>(2), key)); };
  with(pf::OdeFlow(net, grid, pf::Euler{}));
  with(pf::OdeFlow(net, grid, pf::Heun{}, pf::HutchinsonDivergence{.probes = 2, .key = key}));
  with(pf::OdeFlow(net, grid));
  with(pf::OdeFlow(net, grid, pf::DormandPrince{.at_most = 77}));
  with(pf::OdeFlow(pf::probability_flow(denoiser), levels, pf::Heun{}));
  const auto from = [&](const auto& measure) {
    check_any(pf::Sampler(pf::Identity<S>(2), measure, key));
  };
  from(pf::SdeSampler(denoiser, levels));
  from(pf::SdeSampler(denoiser, levels, pf::PredictorCorrector{.corrections = 2}));
  from(pf::SdeSampler(net, levels, pf::ChurnedHeun{.churn = 3}));
}

TEST_CASE("samplers of float too are read without their type", "[io]") {
  const pf::Gaussian<float> source(2);
  const pf::Mlp<float, pf::Tanh> net({2, 3, 2}, pf::Key{9});
  check_any(pf::Sampler(pf::Compose(pf::Residual(net), pf::Identity<float>(2)), source));
  check_any(pf::Sampler(pf::InverseOf(pf::ConvexGradient<float>(2, 5, pf::Key{9})),
                        pf::Mixture<pf::Gaussian<float>>({source}, {1.0F})));
}

TEST_CASE("load_any refuses fields of other types by name", "[io]") {
  const pf::Gaussian<double> source(2);
  const pf::ConditionalMean field(
      pf::Gaussian<double>(pf::Vector<double>{{1, -2}}, pf::Matrix<double>::Identity(2, 2)));
  const auto error = [&](const auto& of) {
    return read_error(pf::map_bytes(
        pf::Sampler(pf::OdeFlow(of, pf::TimeGrid<double>::uniform(0, 1, 3)), source)));
  };
  CHECK_THAT(error(field), ContainsSubstring("kind of sampler.map.field is \"ConditionalMean\", "
                                             "but must be one of Identity, "));
  CHECK_THAT(error(field), EndsWith("; load<T> reads others"));
  const pf::Mlp<double> net({3, 5, 2}, {});
  CHECK_THAT(error(pf::ChangePrediction<pf::Mlp<double>, pf::LinearPath, pf::PredictData,
                                        pf::PredictVelocity>(net)),
             EndsWith("kind of sampler.map.field.path is \"LinearPath\", but must be "
                      "\"VarianceExploding\""));
}

TEST_CASE("what is known at run time only can hold a user's map", "[io]") {
  const pf::AnyMap<double> any(Shift{.by = 2});
  const pf::Sampler sampler(any, pf::AnyMeasure<double>(pf::Uniform<double>(0, 1)));
  const pf::Sampler typed(Shift{.by = 2}, pf::Uniform<double>(0, 1));
  CHECK(sampler.sample(70) == typed.sample(70));
  CHECK(pf::map_bytes(sampler) == pf::map_bytes(typed));
  CHECK_THAT(
      read_error(pf::map_bytes(typed)),
      EndsWith(
          R"(kind of sampler.map is "Shift", but must be one of )"
          "Identity, Affine, Standardize, ConvexGradient, RationalQuadraticSpline, Compose, "
          "Chain, Residual, Alongside, Pin, Players, PowerCells, InverseOf, OdeFlow, Denoiser, "
          "ChangePrediction, Mlp, SpectralNorm; load<T> reads others"));
}

TEST_CASE("room of any type is kept while it is of use", "[io]") {
  pf::detail::AnyScratch scratch;
  scratch.as<int>() = 3;
  CHECK(scratch.as<int>() == 3);
  pf::detail::AnyScratch copy = scratch;
  CHECK(copy.as<int>() == 0);
  CHECK(scratch.as<int>() == 3);
  CHECK(scratch.as<double>() == 0);
  CHECK(scratch.as<int>() == 0);
  scratch.as<int>() = 5;
  copy = std::move(scratch);
  CHECK(copy.as<int>() == 5);
}

TEST_CASE("load_any refuses what it does not know by name", "[io]") {
  const auto changed = [](std::string bytes, const std::string& from, const std::string& to) {
    bytes.replace(bytes.find(from), from.size(), to);
    pf::detail::seal<double>(bytes, "map");
    return bytes;
  };
  const pf::Gaussian<double> source(1);
  const std::string mlp = pf::map_bytes(pf::Sampler(pf::Mlp<double>({1, 1}, {}), source));
  CHECK_THAT(
      read_error(changed(mlp, "Tanh", "Tank")),
      EndsWith(R"(kind of sampler.map.hidden is "Tank", but must be one of )"
               "Linear, Tanh, Logistic, Softplus, Silu, Relu, LeakyRelu; load<T> reads others"));
  CHECK_THAT(read_error(changed(mlp, "Linear", "Binary")),
             ContainsSubstring(R"(kind of sampler.map.output is "Binary", but)"));
  const std::string norm =
      pf::map_bytes(pf::Sampler(pf::SpectralNorm(pf::Mlp<double>({1, 1}, {})), source));
  CHECK_THAT(read_error(changed(norm, "Tanh", "Tank")),
             ContainsSubstring(R"(kind of sampler.map.net.hidden is "Tank", but)"));
  CHECK_THAT(read_error(changed(norm, "Mlp", "Map")),
             EndsWith(R"(kind of sampler.map.net is "Map", but must be "Mlp")"));
  CHECK_THAT(read_error(changed(mlp, "Gaussian", "Cauchian")),
             ContainsSubstring(R"(kind of sampler.source is "Cauchian", but)"));

  const std::string inverse =
      pf::map_bytes(pf::Sampler(pf::InverseOf(pf::Identity<double>(1)), source));
  CHECK_THAT(
      read_error(changed(inverse, "Identity", "Residual")),
      EndsWith(R"(kind of sampler.map.map is "Residual", but must be one of )"
               "Identity, Affine, Standardize, ConvexGradient, RationalQuadraticSpline, Compose, "
               "Chain, InverseOf; load<T> reads others"));

  SECTION("and an inverse that there is not") {
    const pf::Affine<double> times_three(pf::Matrix<double>::Constant(1, 1, 3),
                                         pf::Vector<double>::Zero(1));
    const auto three = pf::detail::file_order(3.0);
    const std::string bytes = pf::map_bytes(pf::Sampler(pf::InverseOf(times_three), source));
    CHECK_THAT(read_error(changed(bytes, std::string(three.data(), 8), std::string(8, '\0'))),
               EndsWith(": value: Affine::inverse: log |det A| is -inf, but must be finite"));
  }
  SECTION("and depth without end") {
    pf::AnyMap<double> map(pf::Identity<double>(1));
    const auto deepen = [&](int times) {
      for (int i = 0; i < times; ++i)
        map = pf::AnyMap<double>(pf::Compose(map, pf::AnyMap<double>(pf::Identity<double>(1))));
    };
    deepen(90);
    CHECK(read_error(pf::map_bytes(pf::Sampler(map, source))) == "nothing was thrown");
    deepen(20);
    CHECK_THAT(read_error(pf::map_bytes(pf::Sampler(map, source))),
               EndsWith("is 101, but must be at most 100"));
  }
}

TEST_CASE("load_any reads a file", "[io]") {
  const support::TemporaryDirectory directory;
  const pf::Sampler sampler(pf::Identity<float>(1), pf::Uniform<float>(0, 1));
  pf::save(directory / "a.map", sampler, {.columns = {"x"}});
  const auto file = pf::load_any(directory / "a.map");
  CHECK(std::get<0>(file).columns == std::vector<std::string>{"x"});
  CHECK(pf::load<pf::AnySampler<float>>(directory / "a.map").sampler.sample(3) ==
        sampler.sample(3));
  CHECK_THAT(error_of<pf::format_error>(
                 [&] { (void)pf::load<pf::AnySampler<double>>(directory / "a.map"); }),
             EndsWith("scalar type is float, but must be double"));
}
