#include "pushforward/flows.hpp"
#include "pushforward/io/map_file.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/sampling.hpp"

#include "support/catch.hpp"

namespace pf = pushforward;

namespace {

/// A sampler comes back from its file, bit for bit.
template <class Map, class Source>
void check_round_trip(const Map& map, const Source& source) {
  const pf::Sampler sampler(map, source, pf::Key{3, 1});
  using S = std::remove_const_t<decltype(sampler)>;
  const std::string bytes = pf::map_bytes(sampler);
  const pf::MapFile<S> file = pf::read_map<S>(bytes);
  CHECK(file.exact);
  CHECK(file.sampler.sample(200, 5) == sampler.sample(200, 5));
  CHECK(pf::map_bytes(file.sampler, {file.columns, file.summary}) == bytes);
}

}  // namespace

TEMPLATE_TEST_CASE("couplings, pairs and fields come back from their files", "[flows][io]", float,
                   double) {
  using S = TestType;
  const pf::Gaussian<S> noise(2);
  const pf::Gaussian<S> tilted(pf::Vector<S>{{1, -2}}, pf::Matrix<S>{{S(1.5), 0}, {-1, S(0.5)}});
  const pf::Empirical<S> data(pf::Matrix<S>{{1, 2, 3}, {-1, 0, 1}});
  const auto measure = [](const auto& m) { check_round_trip(pf::Identity<S>(m.dimension()), m); };
  const pf::MinibatchCoupling coupling(noise, data, {.batch = 10});
  measure(coupling);
  measure(pf::PathPairs(coupling));
  measure(pf::PathPairs(pf::Product(noise, tilted), pf::VariancePreserving{.beta_max = 9},
                        pf::PredictNoise{}, pf::LogitNormal<S>(1, 2)));
  measure(pf::DenoisingPairs(tilted, {.data_deviation = 2}));

  const pf::Product points(noise, pf::Uniform<S>(S(0.1), S(0.9)));
  const auto map = [&](const auto& m) { check_round_trip(m, points); };
  map(pf::ConditionalMean(tilted));
  map(pf::ConditionalMean(pf::Mixture<pf::Gaussian<S>>({tilted, noise}, {1, 2}),
                          pf::VariancePreserving{}, pf::PredictScore{}));
  map(pf::ConditionalMean(data, pf::VarianceExploding{}, pf::PredictData{}));
  const pf::Denoiser denoiser(pf::Mlp<S>({3, 5, 2}, pf::Key{1}), {.data_deviation = 3});
  map(denoiser);
  map(pf::probability_flow(denoiser));
}
