#pragma once

#include "support/plot.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace support {

/// What a method gives for what it takes, on a problem.
struct TradeOff {
  std::string problem, method;
  double passes;
  double samples_per_second;
  double distance;  ///< beyond that of a second true sample
};

/// The picture tradeoff.png: for each problem, distance against passes above and against samples a
/// second below, a curve a method, whose results are its points. What is not told from the truth
/// stands on the lower edge, and what takes no pass on the left one.
inline void draw_tradeoff(const std::filesystem::path& out, const std::vector<TradeOff>& results) {
  std::vector<std::string> problems, methods;
  const auto note = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const TradeOff& each : results) note(problems, each.problem), note(methods, each.method);

  constexpr double least = 1e-5, most = 1;
  const std::size_t columns = (std::min)(problems.size() + 1, std::size_t(6));
  const std::size_t bands = (problems.size() + columns) / columns;  // one place is the key's
  std::string text = "set terminal pngcairo size " + std::to_string(260 * columns) + ',' +
                     std::to_string(400 * bands) + " font ',8'\nset output " +
                     gnuplot_path(out / "tradeoff.png") + '\n';
  for (std::size_t p = 0; p < problems.size(); ++p)
    for (std::size_t m = 0; m < methods.size(); ++m) {
      text += "$curve" + std::to_string(p) + '_' + std::to_string(m) + " << EOD\n";
      for (const TradeOff& each : results)
        if (each.problem == problems[p] && each.method == methods[m])
          text += pushforward::to_text((std::max)(each.passes, 0.5)) + ' ' +
                  pushforward::to_text(each.samples_per_second) + ' ' +
                  pushforward::to_text((std::clamp)(each.distance, least, most)) + '\n';
      text += "EOD\n";
    }
  text += "set multiplot layout " + std::to_string(2 * bands) + ',' + std::to_string(columns) +
          "\nset logscale xy\nset format '10^{%T}'\nset yrange [" + pushforward::to_text(least) +
          ':' + pushforward::to_text(most) + "]\n";
  const auto curves = [&](std::size_t p, int column, const char* range, const char* label) {
    text += std::string("unset key\nset xrange ") + range + "\nset xlabel '" + label +
            "'\nset title '" + problems[p] + "' noenhanced\nplot ";
    for (std::size_t m = 0; m < methods.size(); ++m)
      text += (m > 0 ? ", $curve" : "$curve") + std::to_string(p) + '_' + std::to_string(m) +
              " using " + std::to_string(column) + ":3 with linespoints lt " +
              std::to_string(m + 1) + " pt " + std::to_string(m + 1) + " ps .7";
    text += '\n';
  };
  const auto key = [&](std::size_t begin, std::size_t end) {
    text += "unset title\nunset xlabel\nset xrange [.1:1]\nset key inside left top samplen 1 "
            "spacing .8\nunset tics\nunset border\nplot ";
    for (std::size_t m = begin; m < end; ++m)
      text += (m > begin ? ", 1/0" : "1/0") + std::string(" with linespoints lt ") +
              std::to_string(m + 1) + " pt " + std::to_string(m + 1) + " title '" + methods[m] +
              "' noenhanced";
    text += "\nset tics\nset border\n";
  };
  const std::size_t half = (methods.size() + 1) / 2;
  for (std::size_t first = 0; first <= problems.size(); first += columns)
    for (int row = 0; row < 2; ++row)
      for (std::size_t p = first; p < first + columns; ++p)
        if (p < problems.size())
          curves(p, row + 1, row == 0 ? "[.4:150]" : "[*:*]",
                 row == 0 ? "passes" : "samples a second");
        else if (p == problems.size() && methods.size() > 1)
          row == 0 ? key(0, half) : key(half, methods.size());
        else
          text += "set multiplot next\n";
  const auto script = out / "tradeoff.gp";
  if (plot(script, text))
    std::printf("picture: %s\n", (out / "tradeoff.png").string().c_str());
  else
    std::printf("gnuplot did not run; data and script: %s\n", script.string().c_str());
}

}  // namespace support
