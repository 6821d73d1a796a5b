// The view of flows: velocities and denoisers, in many passes, in a few, and in one.

#include "support/tour_methods.hpp"

namespace support {
namespace {

using Net = pf::Mlp<float, pf::Silu>;

constexpr pf::Adam kAdam{.rate = 4e-3};

/// A network of `inputs` numbers, (x, t) or (x, s, t), that gives a velocity.
Net network(pf::Index inputs, pf::Index d, const TourSettings& settings) {
  const pf::Index w = TourSize(d).width;
  return Net({inputs, w, w, w, d}, {settings.seed, kWeights});
}

/// The flow of a velocity from noise to data, in so many passes: steps of Euler's method if they
/// are fewer than ten, else half as many of Heun's.
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
                              const TourSettings& settings, const pf::FitResult<float>& result,
                              std::initializer_list<pf::Index> passes) {
  std::vector<TourResult> results;
  for (const pf::Index n : passes)
    with_flow(velocity, n, [&](const auto& flow) {
      results.push_back({.passes = n,
                         .parameters = velocity.parameter_count(),
                         .seconds = result.seconds,
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
  const auto objective = pf::flow_matching(pf::Product(source, data.pool), {}, by_pairs(settings));
  const auto result = train(velocity, objective, kAdam, settings, watch);
  return flows(velocity, source, data, settings, result, {1, 2, 5, 20, 100});
}

/// Pairs of source and target whose paths hardly cross: on the line and in the plane by transfer,
/// else 32,768 pairs, each of 256 at the least cost.
template <class Source>
pf::Empirical<float> near_pairs(const Source& source, const TourData& data,
                                const TourSettings& settings) {
  return source.dimension() > 2 ? optimal_table(source, data, 256, 128, settings)
                                : transferred(source, data, settings);
}

/// Source and target paired near to near.
std::vector<TourResult> flow_ot(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 1, d, settings);
    const auto table = near_pairs(source, data, settings);
    const auto objective = pf::flow_matching(table, {}, by_pairs(settings));
    const auto result = train(velocity, objective, kAdam, settings, watch);
    return flows(velocity, source, data, settings, result, {1, 5});
  });
}

/// Trains a velocity on such pairs for half of the time. Returns 65,536 pairs of its own:
/// points of the source, and where it takes them in twenty passes.
template <class Source>
pf::Empirical<float> pairs_of_teacher(Net& velocity, const Source& source, const TourData& data,
                                      const TourSettings& settings, const Stopwatch& watch) {
  auto table = near_pairs(source, data, settings);
  (void)train(velocity, pf::flow_matching(table, {}, by_pairs(settings)), kAdam, settings, watch,
              0.5);
  with_flow(velocity, 20, [&](const auto& teacher) {
    const pf::Graph pairs(teacher, source);
    table = pf::Empirical<float>(pf::draw(pairs, 1 << 16, {settings.seed, kTeacher}), {});
  });
  return table;
}

/// The paths of a flow drawn straight: the pairs that it makes, joined by lines, once more.
std::vector<TourResult> reflow(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 1, d, settings);
    const auto table = pairs_of_teacher(velocity, source, data, settings, watch);
    const auto objective = pf::flow_matching(table, {}, by_pairs(settings));
    const auto result = train(velocity, objective, kAdam, settings, watch);
    return flows(velocity, source, data, settings, result, {1, 2});
  });
}

/// A network of one pass that learns where a flow of twenty takes the source.
TourResult distilled(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + 1, d, settings);
    const auto table = pairs_of_teacher(velocity, source, data, settings, watch);
    auto map = one_pass_network(d, TourSize(d).width, settings);
    const pf::RegressionObjective objective(table, pf::AbsoluteError{}, by_pairs(settings));
    const auto result = train(map, objective, kAdam, settings, watch);
    return finished(map, source, data, settings, result);
  });
}

/// A velocity of x and the times `from` that learns by a rule of its own on such pairs,
/// rule(pairs); then one step of it from these times.
template <class Rule>
TourResult in_one_step(const TourData& data, const TourSettings& settings,
                       const pf::Vector<float>& from, Rule rule) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto&, const auto& source) {
    Net velocity = network(d + from.size(), d, settings);
    const pf::PathPairs pairs(near_pairs(source, data, settings));
    const pf::RegressionObjective objective(rule(pairs), pf::SquaredError{}, by_pairs(settings));
    const auto result = train(velocity, objective, kAdam, settings, watch);
    return finished(pf::Residual(pf::Pin(velocity, from)), source, data, settings, result);
  });
}

/// The mean velocity between any two times.
TourResult meanflow(const TourData& data, const TourSettings& settings) {
  return in_one_step(data, settings, pf::Vector<float>{{0, 1}},
                     [](const auto& pairs) { return pf::MeanVelocity(pairs); });
}

/// The mean velocity from any time to the end.
TourResult consistency(const TourData& data, const TourSettings& settings) {
  return in_one_step(data, settings, pf::Vector<float>{{0}},
                     [](const auto& pairs) { return pf::Consistency(pairs); });
}

/// A denoiser of data of variance 1, and how its training went.
pf::Denoiser<Net> denoiser(const TourData& data, const TourSettings& settings,
                           pf::FitResult<float>& result) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  const pf::EdmScaling scaling{.data_deviation = 1};
  Net net = network(d + 1, d, settings);
  const auto objective = pf::score_matching(data.pool, scaling, by_pairs(settings));
  result = train(net, objective, kAdam, settings, watch);
  return pf::Denoiser(net, scaling);
}

/// Noise levels from 20 down to a fiftieth of the data's deviation, and to 0.
pf::TimeGrid<float> levels(pf::Index steps) {
  return pf::TimeGrid<float>::noise(steps, {.largest = 20, .smallest = 0.02, .rho = 5});
}

/// Its probability flow, by Heun's method.
std::vector<TourResult> diffusion(const TourData& data, const TourSettings& settings) {
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
                       .seconds = result.seconds,
                       .ending = std::string(pf::to_string(result.status)),
                       .sample = draws_of(pf::Image(flow, source), data, settings),
                       .image = {}});
  }
  return results;
}

/// The same denoiser with noise of its own in each step.
TourResult sde(const TourData& data, const TourSettings& settings) {
  pf::FitResult<float> result;
  const pf::SdeSampler sampler(denoiser(data, settings, result), levels(100), pf::ChurnedHeun{});
  return {.passes = sampler.passes(),
          .parameters = sampler.denoiser().parameter_count(),
          .seconds = result.seconds,
          .ending = std::string(pf::to_string(result.status)),
          .sample = draws_of(sampler, data, settings),
          .image = {}};
}

}  // namespace

std::vector<TourMethod> flow_methods() {
  const std::string view = "flows";
  return {{"flow", view, flow},
          {"flow-ot", view, flow_ot},
          {"reflow", view, reflow},
          {"diffusion", view, diffusion},
          method("sde", view, sde),
          method("consistency", view, consistency),
          method("meanflow", view, meanflow),
          method("distilled", view, distilled)};
}

}  // namespace support
