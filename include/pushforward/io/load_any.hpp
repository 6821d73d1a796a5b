#pragma once

#include "pushforward/io/any_measure.hpp"
#include "pushforward/io/map_file.hpp"

#include <variant>

namespace pushforward::inline PUSHFORWARD_ISA {

/// A sampler whose map and source are known at run time only. It has the bits of the sampler that
/// was saved, and is a Measure and can be saved as any other.
template <Real Scalar>
using AnySampler = Sampler<AnyMap<Scalar>, AnyMeasure<Scalar>>;

/// What a map file of either scalar type holds.
using AnyMapFile = std::variant<MapFile<AnySampler<float>>, MapFile<AnySampler<double>>>;

/// The sampler in the bytes of a map file, of any built-in maps and sources.
[[nodiscard]] inline AnyMapFile read_any_map(std::string_view bytes,
                                             std::string_view file = "bytes") {
  if (detail::check_envelope("load_any", file, bytes, "map") == sizeof(float))
    return read_map<AnySampler<float>>(bytes, file, "load_any");
  return read_map<AnySampler<double>>(bytes, file, "load_any");
}

/// Reads a sampler of any built-in maps and sources, float or double; `load<AnySampler<float>>`
/// takes float alone. A program that calls neither does not pay for compiling them. \code
///   std::visit([](const auto& file) { print(file.sampler.sample(10)); }, pf::load_any(path));
/// \endcode
/// Throws as load.
[[nodiscard]] inline AnyMapFile load_any(const std::filesystem::path& path) {
  return read_any_map(read_file("load_any", path), path.string());
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
