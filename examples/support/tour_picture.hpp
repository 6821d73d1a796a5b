#pragma once

#include "support/plot.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace support {

/// Samples of the target or of a model, d x n, and where its map takes points of the source.
struct TourPanel {
  std::string title;
  pushforward::Matrix<double> samples;
  std::function<pushforward::Matrix<double>(const pushforward::Matrix<float>&)> image;
};

inline constexpr pushforward::Index kLinePoints = 101;  ///< of a line of the grid

/// 15 lines each way across [-1.7, 1.7]^2, or the points of [-1.7, 1.7] on the line.
[[nodiscard]] inline pushforward::Matrix<float> source_grid(int dimension) {
  constexpr pushforward::Index lines = 15, points = kLinePoints;
  const auto at = [](pushforward::Index i, pushforward::Index count) {
    return 3.4F * float(i) / float(count - 1) - 1.7F;
  };
  if (dimension == 1) {
    pushforward::Matrix<float> grid(1, points);
    for (pushforward::Index i = 0; i < points; ++i) grid(0, i) = at(i, points);
    return grid;
  }
  pushforward::Matrix<float> grid(2, 2 * lines * points);
  for (pushforward::Index l = 0; l < lines; ++l)
    for (pushforward::Index i = 0; i < points; ++i) {
      grid.col(l * points + i) << at(l, lines), at(i, points);
      grid.col((lines + l) * points + i) << at(i, points), at(l, lines);
    }
  return grid;
}

/// The data block of a panel's image: of the grid's lines, or the graph of the map on the line.
[[nodiscard]] inline std::string grid_block(const std::string& name, const TourPanel& panel,
                                            int dimension) {
  const pushforward::Matrix<float> grid = source_grid(dimension);
  const pushforward::Matrix<double> image = panel.image(grid);
  if (dimension == 1) {
    pushforward::Matrix<double> graph(2, image.cols());
    graph << grid.cast<double>(), image;
    return data_block(name, graph);
  }
  std::string text = name + " << EOD\n";
  for (pushforward::Index i = 0; i < image.cols(); ++i) {
    if (i > 0 && i % kLinePoints == 0) text += '\n';  // a line of its own
    text += pushforward::to_text(image(0, i)) + ' ' + pushforward::to_text(image(1, i)) + '\n';
  }
  return text + "EOD\n";
}

/// A picture of a problem, NAME.png: a column a panel, samples above and the image of a grid of the
/// source below, nine panels beside each other; on the line, densities above and the map below. Of
/// more than two coordinates the first two are shown, without a grid.
inline void draw_panels(const std::filesystem::path& out, const std::string& name,
                        const std::vector<TourPanel>& panels) {
  const pushforward::Index d = panels.front().samples.rows();
  const std::size_t columns = (std::min)(panels.size(), std::size_t(9));
  const std::size_t rows = (panels.size() + columns - 1) / columns * (d <= 2 ? 2 : 1);
  std::string text = "set terminal pngcairo size " + std::to_string(180 * columns) + ',' +
                     std::to_string(180 * rows + 20) + " font ',8'\nset output " +
                     gnuplot_path(out / (name + ".png")) + '\n';
  const auto& truth = panels.front().samples;
  const auto range = [&](const char* axis, pushforward::Index row) {
    const double low = truth.row(row).minCoeff(), high = truth.row(row).maxCoeff();
    text += std::string("set ") + axis + "range [" +
            pushforward::to_text(low - 0.1 * (high - low)) + ':' +
            pushforward::to_text(high + 0.1 * (high - low)) + "]\n";
  };
  for (std::size_t k = 0; k < panels.size(); ++k) {
    const std::string number = std::to_string(k);
    text += data_block("$samples" + number,
                       panels[k].samples.topRows((std::min)(d, pushforward::Index(2))));
    if (d <= 2 && panels[k].image) text += grid_block("$grid" + number, panels[k], int(d));
  }
  text += "unset key\nset tics scale .3\nset margins 4, 1, 2, 2\nset multiplot layout " +
          std::to_string(rows) + ',' + std::to_string(columns) + '\n';
  if (d > 1) {
    text += "set size ratio -1\n";
    range("x", 0), range("y", 1);
  }
  const std::string blank = "set multiplot next\n";
  for (std::size_t first = 0; first < panels.size(); first += columns) {
    if (d == 1) text += "set xrange [*:*]\n";
    for (std::size_t k = first; k < first + columns; ++k)
      text += k < panels.size()
                  ? "set title '" + panels[k].title + "' noenhanced\nplot $samples" +
                        std::to_string(k) +
                        (d == 1 ? " using 1:(1) smooth kdensity lw 2\n" : " pt 7 ps .1\n")
                  : blank;
    if (d == 1) text += "set xrange [-1.7:1.7]\n";
    for (std::size_t k = first; d <= 2 && k < first + columns; ++k)
      text += k < panels.size() && panels[k].image
                  ? "unset title\nplot $grid" + std::to_string(k) + " with lines\n"
                  : blank;
  }
  const auto script = out / (name + ".gp");
  if (plot(script, text))
    std::printf("picture: %s\n", (out / (name + ".png")).string().c_str());
  else
    std::printf("gnuplot did not run; data and script: %s\n", script.string().c_str());
}

}  // namespace support
