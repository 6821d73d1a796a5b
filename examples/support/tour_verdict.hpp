#pragma once

#include "support/tour_methods.hpp"
#include "support/tour_tradeoff.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

/// \file
/// What the tour learns, and how it judges what was learned.

namespace support {

inline constexpr pf::Index kAssigned = 1000;  ///< samples in an exact assignment

/// A law whose samples can be had without end, or a table whose rows are split in two.
class TourProblem {
 public:
  /// `judged` samples are judged at a time.
  template <pf::Measure M>
  TourProblem(std::string_view name, const M& measure, pf::Index judged)
      : name_(name), judged_(judged), draw_([measure](pf::Index count, pf::Key key) {
          return pf::Matrix<double>(pf::draw(measure, count, key).template cast<double>());
        }) {
    if constexpr (requires { pf::problems::modes(measure); })
      if (measure.dimension() == 2) modes_ = pf::problems::modes(measure);
  }

  /// A fifth of the rows is held out. Throws as read_csv does, std::invalid_argument if there are
  /// fewer than 10 rows.
  TourProblem(const std::filesystem::path& table, pf::Index judged)
      : name_(table.stem().string()), judged_(judged) {
    const pf::Matrix<double> rows = pf::read_csv<double>(table).data;
    const pf::Index n = rows.cols();
    if (n < 10)
      throw std::invalid_argument(table.string() + " has " + std::to_string(n) +
                                  " rows, but must have at least 10");
    rows_ = pf::hold_out(rows, 0.2, {1, 1});
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] pf::Index judged() const { return judged_; }
  [[nodiscard]] const std::optional<pf::problems::Modes>& modes() const { return modes_; }

  /// What is learned from: 2^17 draws, or the training rows.
  [[nodiscard]] TourData data(std::uint64_t seed) const {
    const pf::Matrix<float> points =
        (draw_ ? draw_(1 << 17, {seed, 100}) : rows_.training).template cast<float>();
    const auto units = pf::Standardize<float>::of(points);
    return {units, pf::Empirical<float>(pf::image(units, points), {})};
  }

  /// True samples to judge by, d x n: other ones for each `turn`, or the rows held out.
  [[nodiscard]] pf::Matrix<double> truth(std::uint32_t turn) const {
    return draw_ ? draw_(judged_, {1, 200 + turn}) : rows_.held_out;
  }
  /// Some, for a picture.
  [[nodiscard]] pf::Matrix<double> shown() const {
    const pf::Matrix<double> some = truth(0);
    return some.leftCols((std::min)(some.cols(), pf::Index(2000)));
  }
  /// Others, to tell how far a perfect model would be: or rows that were learned from.
  [[nodiscard]] pf::Matrix<double> second_truth(std::uint32_t turn) const {
    return draw_ ? draw_(judged_, {2, 200 + turn})
                 : rows_.training.leftCols((std::min)(rows_.training.cols(), judged_));
  }

 private:
  std::string name_;
  pf::Index judged_;
  std::function<pf::Matrix<double>(pf::Index, pf::Key)> draw_;
  std::optional<pf::problems::Modes> modes_;
  pf::HeldOut<double> rows_;
};

/// A row of tour.csv.
class TourVerdict {
 public:
  TourVerdict(const TourProblem& problem, const TourMethod& method, const TourResult& result)
      : problem_(problem.name()), method_(method.name), full_name_(full_name(method, result)),
        view_(method.view), ending_(result.ending), passes_(result.passes),
        parameters_(result.parameters), train_seconds_(result.seconds) {
    constexpr std::uint32_t turns = 3;
    for (std::uint32_t turn = 0; turn < turns; ++turn) {
      const pf::Matrix<double> truth = problem.truth(turn), second = problem.second_truth(turn),
                               model = result.sample(
                                   problem.judged(),
                                   turn * static_cast<std::uint64_t>(problem.judged()));
      energy_ += pf::energy_distance(model, truth, {.unbiased = true}) / turns;
      energy_floor_ += pf::energy_distance(second, truth, {.unbiased = true}) / turns;
      if (turn > 0) continue;
      const pf::Index n = (std::min)({kAssigned, truth.cols(), second.cols()});
      w2_ = pf::wasserstein2(model.leftCols(n), truth.leftCols(n));
      w2_floor_ = pf::wasserstein2(second.leftCols(n), truth.leftCols(n));
      if (const auto& modes = problem.modes()) {
        const pf::Coverage hit =
            pf::coverage(model.leftCols((std::min)(model.cols(), pf::Index(2500))), modes->centres,
                         modes->deviations);
        modes_ = hit.modes;
        modes_of_ = hit.of;
        high_quality_ = hit.high_quality;
      }
    }
    samples_per_second_ = speed(result, 10 * problem.judged());
  }

  /// For the screen.
  [[nodiscard]] std::string line() const {
    char line[256];
    std::snprintf(line, sizeof line, "%-15s %-16s %8.1f s %9.2e (%9.2e) %8.4f (%.4f)",
                  problem_.c_str(), full_name_.c_str(), train_seconds_, energy_, energy_floor_, w2_,
                  w2_floor_);
    std::string text = line;
    if (modes_of_ > 0) {
      std::snprintf(line, sizeof line, "  %lld of %lld, %.1f %%", static_cast<long long>(modes_),
                    static_cast<long long>(modes_of_), 100 * high_quality_);
      text += line;
    }
    if (ending_ != "finished") text += "  " + ending_;
    return text + "\n";
  }

  /// For the picture of all.
  [[nodiscard]] TradeOff trade_off() const {
    return {problem_, method_, double(passes_), samples_per_second_, energy_ - energy_floor_};
  }

  /// For the file.
  [[nodiscard]] std::string row() const {
    std::string text = cell(problem_) + ',' + method_ + ',' + view_;
    const auto add = [&](auto value) { text += ',' + pf::to_text(value); };
    add(passes_), add(parameters_), add(train_seconds_), add(samples_per_second_);
    add(energy_), add(energy_floor_), add(w2_), add(w2_floor_);
    if (modes_of_ > 0)
      add(modes_), add(modes_of_), add(high_quality_);
    else
      text += ",,,";
    return text + '\n';
  }

 private:
  /// A name, which is a file's, in quotes if it must be.
  static std::string cell(const std::string& name) {
    if (name.find_first_of(",\"") == std::string::npos) return name;
    std::string text = "\"";
    for (const char character : name) text.append(character == '"' ? 2 : 1, character);
    return text + '"';
  }

  /// Samples a second on this thread, of so many, or as many as take the passes of one each.
  static double speed(const TourResult& result, pf::Index most) {
    const pf::Index count = most / (std::max)(result.passes, pf::Index(1)) + 1;
    const auto now = std::chrono::steady_clock::now;
    (void)result.sample(64, 0);
    const auto begin = now();
    (void)result.sample(count, 0);
    return static_cast<double>(count) / std::chrono::duration<double>(now() - begin).count();
  }

  std::string problem_, method_, full_name_, view_, ending_;
  pf::Index passes_, parameters_, modes_ = 0, modes_of_ = 0;
  double train_seconds_, samples_per_second_ = 0;
  double energy_ = 0, energy_floor_ = 0, w2_ = 0, w2_floor_ = 0, high_quality_ = 0;
};

[[nodiscard]] inline std::string verdict_header() {
  return "problem,method,view,passes,parameters,train_seconds,samples_per_second,energy_distance,"
         "energy_floor,w2,w2_floor,modes,modes_of,high_quality\n";
}

[[nodiscard]] inline std::string verdict_title() {
  return "problem         method            training  energy distance (floor)   W2 (floor)       "
         ""
         "modes, high quality\n";
}

}  // namespace support
