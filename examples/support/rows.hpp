#pragma once

#include <pushforward/core.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

/// \file
/// The rows of a table, which are the columns of a matrix.

namespace support {

/// The columns of `data` in an order that is a function of the key (Fisher & Yates).
[[nodiscard]] inline pushforward::Matrix<double> shuffled(const pushforward::Matrix<double>& data,
                                                          pushforward::Key key) {
  std::vector<pushforward::Index> order(static_cast<std::size_t>(data.cols()));
  std::iota(order.begin(), order.end(), 0);
  pushforward::RandomSequence<double> random(key, 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * double(i))]);
  pushforward::Matrix<double> result(data.rows(), data.cols());
  for (pushforward::Index i = 0; i < data.cols(); ++i)
    result.col(i) = data.col(order[static_cast<std::size_t>(i)]);
  return result;
}

/// At most `most` columns.
[[nodiscard]] inline auto head(const pushforward::Matrix<double>& data, pushforward::Index most) {
  return data.leftCols((std::min)(data.cols(), most));
}

}  // namespace support
