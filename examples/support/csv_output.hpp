#pragma once

#include "support/run_guarded.hpp"

#include "pushforward/io/csv.hpp"

#include <optional>

/// \file
/// Samples as they come, to a file or to the standard output.

namespace support {

/// Writes CSV to a file, which is there as a whole after commit(), or without one to the standard
/// output. Throws std::system_error as soon as something could not be written.
class CsvOutput {
 public:
  CsvOutput(const std::filesystem::path& path, const std::vector<std::string>& header) {
    if (!path.empty())
      file_.emplace(path, header, "sample");
    else if (!header.empty())
      pushforward::detail::append_csv(text_, header);
  }

  /// Adds samples, d x n.
  template <pushforward::Real Scalar>
  void append(const pushforward::Matrix<Scalar>& samples) {
    if (file_) return file_->append(samples);
    pushforward::check_finite("sample", "samples", samples);
    for (pushforward::Index i = 0; i < samples.cols(); ++i)
      pushforward::detail::append_csv<Scalar>(text_, samples.col(i));
    static_cast<void>(std::fwrite(text_.data(), 1, text_.size(), stdout));
    text_.clear();
    flush_output();
  }

  void commit() {
    if (file_) file_->commit();
  }

 private:
  std::optional<pushforward::CsvWriter> file_;
  std::string text_;
};

}  // namespace support
