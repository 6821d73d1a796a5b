#pragma once

#include "pushforward/maps/map.hpp"
#include "pushforward/measures/measure.hpp"

#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The image T#mu of a measure under a map: the law of T(x), x ~ mu. \code
///   pf::Image lognormal(Exp{}, pf::Gaussian<double>(1));
/// \endcode
/// Its density, where T is an invertible map and mu has one, is that of mu at x = T^-1(y) over
/// |det dT/dx|.
template <class T, class M>
class Image {
  static_assert(explain_map<T>() && explain_measure<M>());
  static_assert(std::same_as<typename T::Scalar, typename M::Scalar>,
                "Image: map and measure must have the same Scalar");

 public:
  using Scalar = typename T::Scalar;
  static constexpr std::string_view kName = "Image";

  struct Scratch {
    Block<Scalar> x, y;
    Lane<Scalar> log_det;
    ScratchOf<T> map;
    ScratchOf<M> measure;
  };

  /// Throws std::invalid_argument unless the map takes what the measure gives.
  Image(T map, M measure) : Image("Image", std::move(map), std::move(measure)) {}
  /// The same for another class: `function` is what an error names.
  Image(std::string_view function, T map, M measure)
      : map_(std::move(map)), measure_(std::move(measure)) {
    check_size(function, "input dimension of the map", map_.input_dimension(),
               measure_.dimension());
  }

  [[nodiscard]] auto description() const { return describe("map", map_, "measure", measure_); }
  [[nodiscard]] const T& map() const { return map_; }
  [[nodiscard]] const M& measure() const { return measure_; }
  [[nodiscard]] Index dimension() const { return map_.output_dimension(); }
  [[nodiscard]] Index nodes() const requires HasNodes<M> { return measure_.nodes(); }

  /// T of sample first + i of stream `key` of mu.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> y, Scratch& scratch) const {
    set_size(scratch.x, kBlockSize, measure_.dimension());
    pushforward::sample(measure_, key, first, scratch.x, scratch.measure);
    apply(map_, scratch.x, y, scratch.map);
  }

  /// log p(x) - log |det dT/dx|, x = T^-1(y).
  void log_density(ConstBlockRef<Scalar> y, Lane<Scalar>& out,
                   Scratch& scratch) const requires InvertibleMap<T> && HasDensity<M> {
    set_size(scratch.x, kBlockSize, measure_.dimension());
    set_size(scratch.y, kBlockSize, dimension());
    map_.inverse(y, scratch.x, scratch.map);
    map_.apply(scratch.x, scratch.y, scratch.log_det, scratch.map);
    pushforward::log_density(measure_, scratch.x, out, scratch.measure);
    out -= scratch.log_det;
  }

 private:
  T map_;
  M measure_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
