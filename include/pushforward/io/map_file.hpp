#pragma once

#include "pushforward/io/envelope.hpp"
#include "pushforward/io/file.hpp"
#include "pushforward/io/writer.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/sampling/sampler.hpp"

#include <cmath>

/// \file
/// A sampler in a file. The header is that of envelope.hpp, with the kind "map". The payload is one
/// object (archive.hpp) of kind "MapFile" with the fields
///
///     sampler  the object Sampler: map, source and key, each an object that says its parameters
///     columns  list of the names of the d coordinates of a sample, or of none
///     summary  text for people
///     inputs   array, d_in x n: the source's samples 0 .. n - 1, 1 <= n <= 64
///     samples  array, d x n: the sampler's samples 0 .. n - 1, which are T of the inputs
///
/// Whoever can evaluate the map from what the file says checks it by the last two, and so does
/// loading. `examples/read_map.py` reads it with numpy in a few lines.

namespace pushforward::inline PUSHFORWARD_ISA {

/// What a map file says beside the sampler.
struct MapNotes {
  std::vector<std::string> columns = {};  ///< names of the coordinates, or none
  std::string summary = {};               ///< for people
};

/// What a map file holds.
template <class S>
struct MapFile {
  S sampler;
  std::vector<std::string> columns;
  std::string summary;
  /// Whether the samples in the file came out again to the bit. Where not, they came out to half
  /// of the digits: the file was written on a machine with other instructions or other contraction.
  bool exact = true;
};

namespace detail {

inline constexpr Index kReplayed = 4;

template <class S>
using ScalarOf = typename std::remove_cvref_t<S>::Scalar;

/// S is a sampler, or a reference to one.
template <class S>
struct MapPayload {
  static constexpr std::string_view kName = "MapFile";
  [[nodiscard]] auto description() const {
    return describe("sampler", sampler, "columns", columns, "summary", summary, "inputs", inputs,
                    "samples", samples);
  }
  S sampler;
  std::vector<std::string> columns;
  std::string summary;
  Matrix<ScalarOf<S>> inputs;
  Matrix<ScalarOf<S>> samples;
};

inline void check_columns(std::string_view function, std::size_t columns, Index dimension) {
  if (columns != 0) check_size(function, "number of columns", Index(columns), dimension);
}

/// Samples 0 .. count - 1 of the source of a sampler, d_in x count.
template <class S>
Matrix<ScalarOf<S>> inputs_of(const S& sampler, Index count) {
  return draw(sampler.source(), count, sampler.key());
}

/// Whether `now` has the bits of `saved`. Throws format_error unless each number is as it was, or
/// within sqrt(epsilon) of the largest of its coordinate.
template <class Scalar>
bool is_replayed(const Reader& in, std::string_view name, const Matrix<Scalar>& saved,
                 const Matrix<Scalar>& now) {
  const std::size_t bytes = static_cast<std::size_t>(saved.size()) * sizeof(Scalar);
  if (std::memcmp(saved.data(), now.data(), bytes) == 0) return true;
  const Scalar tolerance = std::sqrt(std::numeric_limits<Scalar>::epsilon());
  for (Index j = 0; j < saved.rows(); ++j) {
    Scalar largest = 0;
    for (Index i = 0; i < saved.cols(); ++i)
      if (is_finite(saved(j, i))) largest = (std::max)(largest, std::abs(saved(j, i)));
    for (Index i = 0; i < saved.cols(); ++i) {
      const Scalar a = saved(j, i), b = now(j, i);
      const bool close = is_finite(a) && is_finite(b)
                             ? std::abs(a / 2 - b / 2) <= tolerance * largest
                             : to_text(a) == to_text(b);
      if (!close)
        in.fail(in.position(),
                std::string(name) + " at row " + to_text(j) + ", column " + to_text(i), to_text(b),
                to_text(a) + " as when it was saved");
    }
  }
  return false;
}

}  // namespace detail

/// The bytes of the map file of a sampler. Throws as save.
template <class S>
[[nodiscard]] std::string map_bytes(const S& sampler, const MapNotes& notes = {}) {
  detail::check_columns("save", notes.columns.size(), sampler.dimension());
  const detail::MapPayload<const S&> payload{sampler, notes.columns, notes.summary,
                                             detail::inputs_of(sampler, detail::kReplayed),
                                             sampler.sample(detail::kReplayed)};
  std::string bytes(detail::kFileHeader, '\0');
  Writer(bytes).write(payload);
  detail::seal<typename S::Scalar>(bytes, "map");
  return bytes;
}

/// The sampler in the bytes of a map file; errors call them `file`, and the caller `function`.
/// Throws as load.
template <class S>
[[nodiscard]] MapFile<S> read_map(std::string_view bytes, std::string_view file = "bytes",
                                  std::string_view function = "load") {
  using Scalar = typename S::Scalar;
  Reader in = detail::open_envelope<Scalar>(function, file, bytes, "map");
  auto payload = in.read<detail::MapPayload<S>>();
  in.finish();
  const auto size = [&](std::string_view name, Index found, Index expected) {
    if (found != expected) in.fail(in.position(), name, to_text(found), to_text(expected));
  };
  const Index count = payload.samples.cols(), d = payload.sampler.dimension();
  if (count < 1 || count > kBlockSize)
    in.fail(in.position(), "columns of samples", to_text(count), "between 1 and 64");
  if (!payload.columns.empty()) size("number of columns", Index(payload.columns.size()), d);
  size("rows of samples", payload.samples.rows(), d);
  size("columns of inputs", payload.inputs.cols(), count);
  size("rows of inputs", payload.inputs.rows(), payload.sampler.source().dimension());
  const auto [inputs, samples] = in.checked(in.position(), [&] {
    return std::pair(detail::inputs_of(payload.sampler, count), payload.sampler.sample(count));
  });
  const bool same_inputs = detail::is_replayed(in, "inputs", payload.inputs, inputs);
  const bool same_samples = detail::is_replayed(in, "samples", payload.samples, samples);
  return {std::move(payload.sampler), std::move(payload.columns), std::move(payload.summary),
          same_inputs && same_samples};
}

/// Writes a sampler, its map and source Described, to a file that `load` reads. \code
///   pf::save("penguins.map", sampler, {.columns = {"bill", "flipper"}, .summary = "5000 steps"});
/// \endcode
/// The file is replaced as a whole (see write_file). Throws std::invalid_argument if there are
/// columns but not one for each coordinate of a sample, std::system_error (errno and path) if the
/// file cannot be written.
template <class S>
void save(const std::filesystem::path& path, const S& sampler, const MapNotes& notes = {}) {
  write_file("save", path, map_bytes(sampler, notes));
}

/// Reads a sampler of type S: same map, source, key and, with the same instructions, the same bits
/// of every sample. \code
///   using Generator = pf::Sampler<pf::Mlp<float>, pf::Gaussian<float>>;
///   const Generator sampler = pf::load<Generator>("penguins.map").sampler;
/// \endcode
/// Where S is not known when the program is compiled, load_any does (load_any.hpp).
/// Throws format_error (file, byte, what is there and what must be) if a byte is damaged, missing
/// or too many, or if the file is of another version, kind, scalar type or type of sampler;
/// std::system_error (errno and path) if it cannot be read. A size is believed only if the file is
/// as large, so memory beyond that of the file is only what drawing a block of samples takes.
template <class S>
[[nodiscard]] MapFile<S> load(const std::filesystem::path& path) {
  return read_map<S>(read_file("load", path), path.string());
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
