// The view of flows: velocities and denoisers, in many passes, in a few, and in one.

#include "support/tour_methods.hpp"

namespace support {
namespace {

using Net = pf::Mlp<float, pf::Silu>;

/// Trains a network for `share` of the time.
template <class Objective>
pf::FitResult<float> train(Net& net, const Objective& objective, double rate, double seconds,
                           const TourSettings& settings) {
  return pf::fit(net, objective, pf::Adam{.rate = rate},
                 {.threads = settings.threads,
                  .schedule = pf::WarmUp{200, pf::Cosine{}},
                  .seconds = (std::max)(seconds, 0.01)},
                 pf::Average{.decay = 0.999}, Interrupt());
}

pf::RegressionOptions pairs(const TourSettings& settings) {
  return {.batch = 256, .key = {settings.seed, kPairs}};
}

constexpr double kRate = 4e-3;

/// A network of `inputs` numbers, (x, t) or (x, s, t), that gives a velocity.
Net network(pf::Index inputs, pf::Index d, const TourSettings& settings) {
  const pf::Index w = TourSize(d).width;
  return Net({inputs, w, w, w, d}, {settings.seed, kWeights});
}

/// The flow of a velocity from noise to data: one or two steps of Euler's method, or half as many
/// of Heun's.
template <class Visit>
void with_flow(const Net& velocity, pf::Index passes, Visit visit) {
  const auto steps = [](pf::Index n) { return pf::TimeGrid<float>::uniform(0, 1, n); };
  if (passes < 10)
    visit(pf::OdeFlow(velocity, steps(passes), pf::Euler{}));
  else
    visit(pf::OdeFlow(velocity, steps(passes / 2), pf::Heun{}));
}

/// The flows of a velocity with so many passes each.
template <class Source>
std::vector<TourResult> flows(const Net& velocity, const Source& source, const TourData& data,
                              const TourSettings& settings, const Stopwatch& watch,
                              const pf::FitResult<float>& result,
                              std::initializer_list<pf::Index> passes) {
  std::vector<TourResult> results;
  for (const pf::Index n : passes)
    with_flow(velocity, n, [&](const auto& flow) {
      results.push_back({.passes = n,
                         .parameters = velocity.parameter_count(),
                         .seconds = watch.seconds(),
                         .ending = std::string(pf::to_string(result.status)),
                         .sample = draws_of(pf::Image(flow, source), data, settings),
                         .image = image_under(flow, data)});
    });
  return results;
}

/// Source and target paired at random.
std::vector<TourResult> flow(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  const pf::Gaussian<float> source(d);
  Net velocity = network(d + 1, d, settings);
  const auto result =
      train(velocity, pf::flow_matching(pf::Product(source, data.pool), {}, pairs(settings)), kRate,
            settings.seconds, settings);
  return flows(velocity, source, data, settings, watch, result, {1, 2, 5, 20, 100});
}

/// A table of 128 minibatches of 256, each paired at the least cost.
template <class Source>
pf::Empirical<float> optimal_table(const Source& source, const TourData& data,
                                   const TourSettings& settings) {
  const pf::MinibatchCoupling coupling(source, data.pool, {.batch = 256});
  return pf::Empirical<float>(pf::draw(coupling, 256 * 128, {settings.seed, kTarget}), {});
}

std::vector<TourResult> flow_ot(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 1, d, settings);
    const auto table = optimal_table(source, data, settings);
    const auto result = train(velocity, pf::flow_matching(table, {}, pairs(settings)), kRate,
                              settings.seconds - watch.seconds(), settings);
    return flows(velocity, source, data, settings, watch, result, {1, 5});
  });
}

/// Where 65,536 points of the source go: a table of pairs.
template <class Map, class Source>
pf::Empirical<float> learned_by_heart(const Map& teacher, const Source& source,
                                      const TourSettings& settings) {
  return pf::Empirical<float>(
      pf::draw(pf::Graph(teacher, source), 1 << 16, {settings.seed, kTeacher}), {});
}

/// The paths of a flow drawn straight: the pairs that it makes, joined by lines, once more.
std::vector<TourResult> reflow(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 1, d, settings);
    auto table = optimal_table(source, data, settings);
    (void)train(velocity, pf::flow_matching(table, {}, pairs(settings)), kRate,
                settings.seconds / 2 - watch.seconds(), settings);
    with_flow(velocity, 20,
              [&](const auto& teacher) { table = learned_by_heart(teacher, source, settings); });
    const auto result = train(velocity, pf::flow_matching(table, {}, pairs(settings)), kRate,
                              settings.seconds - watch.seconds(), settings);
    return flows(velocity, source, data, settings, watch, result, {1, 2});
  });
}

/// A network of one pass that learns where a flow of twenty takes the source.
std::vector<TourResult> distilled(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 1, d, settings);
    auto table = optimal_table(source, data, settings);
    (void)train(velocity, pf::flow_matching(table, {}, pairs(settings)), kRate,
                settings.seconds / 2 - watch.seconds(), settings);
    with_flow(velocity, 20,
              [&](const auto& teacher) { table = learned_by_heart(teacher, source, settings); });
    const pf::Index w = TourSize(d).width;
    pf::Mlp<float, pf::Relu> map({d, w, w, w, d}, {settings.seed, kWeights});
    auto result = pf::fit(map, pf::RegressionObjective(table, pf::AbsoluteError{}, pairs(settings)),
                          pf::Adam{.rate = kRate},
                          {.threads = settings.threads,
                           .schedule = pf::WarmUp{200, pf::Cosine{}},
                           .seconds = (std::max)(settings.seconds - watch.seconds(), 0.01)},
                          pf::Average{.decay = 0.999}, Interrupt());
    result.seconds = watch.seconds();
    return std::vector<TourResult>{finished(map, source, data, settings, result)};
  });
}

/// The mean velocity between any two times, in one step and in two.
std::vector<TourResult> meanflow(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 2, d, settings);
    const pf::MeanVelocity rule(pf::PathPairs(optimal_table(source, data, settings)));
    auto result =
        train(velocity, pf::RegressionObjective(rule, pf::SquaredError{}, pairs(settings)), kRate,
              settings.seconds - watch.seconds(), settings);
    result.seconds = watch.seconds();
    const pf::Residual map(pf::Pin(velocity, pf::Vector<float>{{0, 1}}));
    return std::vector<TourResult>{finished(map, source, data, settings, result)};
  });
}

/// The mean velocity from any time to the end.
std::vector<TourResult> consistency(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 1, d, settings);
    const pf::Consistency rule(pf::PathPairs(optimal_table(source, data, settings)));
    auto result =
        train(velocity, pf::RegressionObjective(rule, pf::SquaredError{}, pairs(settings)), kRate,
              settings.seconds - watch.seconds(), settings);
    result.seconds = watch.seconds();
    const pf::Residual map(pf::Pin(velocity, pf::Vector<float>{{0}}));
    return std::vector<TourResult>{finished(map, source, data, settings, result)};
  });
}

/// A denoiser of data of variance 1, at levels from 20 down.
pf::Denoiser<Net> denoiser(const TourData& data, const TourSettings& settings,
                           pf::FitResult<float>& result) {
  const pf::Index d = data.pool.dimension();
  const pf::EdmScaling scaling{.data_deviation = 1};
  Net net = network(d + 1, d, settings);
  result = train(net, pf::score_matching(data.pool, scaling, pairs(settings)), kRate,
                 settings.seconds, settings);
  return pf::Denoiser(net, scaling);
}

pf::TimeGrid<float> levels(pf::Index steps) {
  return pf::TimeGrid<float>::noise(steps, {.largest = 20});
}

/// Its probability flow, by Heun's method.
std::vector<TourResult> diffusion(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  pf::FitResult<float> result;
  const auto velocity = pf::probability_flow(denoiser(data, settings, result));
  const pf::Gaussian<float> source(pf::Vector<float>::Zero(d),
                                   levels(2).times()[0] * pf::Matrix<float>::Identity(d, d));
  std::vector<TourResult> results;
  for (const pf::Index steps : {10, 18, 50}) {
    const pf::OdeFlow flow(velocity, levels(steps), pf::Heun{});
    results.push_back({.passes = flow.passes(),
                       .parameters = velocity.map().parameter_count(),
                       .seconds = watch.seconds(),
                       .ending = std::string(pf::to_string(result.status)),
                       .sample = draws_of(pf::Image(flow, source), data, settings),
                       .image = {}});
  }
  return results;
}

/// The same denoiser with noise of its own in each step.
TourResult sde(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  pf::FitResult<float> result;
  const pf::SdeSampler sampler(denoiser(data, settings, result), levels(100), pf::ChurnedHeun{});
  return {.passes = sampler.passes(),
          .parameters = sampler.denoiser().parameter_count(),
          .seconds = watch.seconds(),
          .ending = std::string(pf::to_string(result.status)),
          .sample = draws_of(sampler, data, settings),
          .image = {}};
}

}  // namespace

std::vector<TourMethod> flow_methods() {
  const std::string view = "flows";
  return {{"flow", view, flow},         {"flow-ot", view, flow_ot},
          {"reflow", view, reflow},     {"diffusion", view, diffusion},
          method("sde", view, sde),     {"consistency", view, consistency},
          {"meanflow", view, meanflow}, {"distilled", view, distilled}};
}

}  // namespace support
