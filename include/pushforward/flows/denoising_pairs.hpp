#pragma once

#include "pushforward/flows/edm_scaling.hpp"
#include "pushforward/flows/squashed_normal.hpp"
#include "pushforward/measures/measure.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Rows (c_in x_q, c_noise | (x - c_skip x_q) / c_out): what the network F of a Denoiser is trained
/// on by plain regression. Of data x, noise z ~ N(0, I) and a level q,
///   x_q = x + q z,   (x - c_skip x_q) / c_out = (q x / s - s z) / (q^2 + s^2)^(1/2),
/// whose variance is 1 at each q if that of the data is s^2, and the weight of Karras et al. 2022
/// is one. \code
///   const pf::DenoisingPairs pairs(data, pf::EdmScaling{.data_deviation = 0.5});
///   const auto result = pf::fit(net, pf::RegressionObjective(pairs), pf::Adam{}, {.steps = 4000});
///   const pf::Denoiser denoiser(net, pf::EdmScaling{.data_deviation = 0.5});
/// \endcode
///
/// \tparam Data    a Measure on R^d
/// \tparam Levels  a Measure on R^1, positive: the law of q
template <class Data, class Levels = LogNormal<typename Data::Scalar>>
class DenoisingPairs {
  static_assert(explain_measure<Data>() && explain_measure<Levels>());
  static_assert(std::same_as<typename Data::Scalar, typename Levels::Scalar>,
                "DenoisingPairs: data and law of q must have the same Scalar");

 public:
  using Scalar = typename Data::Scalar;
  static constexpr std::string_view kName = "DenoisingPairs";

  struct Scratch {
    Block<Scalar> x, z;
    ScratchOf<Data> data;
    ScratchOf<Levels> levels;
  };

  /// Throws std::invalid_argument unless the law of q has one coordinate, std::domain_error unless
  /// the scaling's deviation and its square are positive and finite.
  explicit DenoisingPairs(Data data, EdmScaling scaling = {},
                          Levels levels = Levels(Scalar(-1.2), Scalar(1.2)))
      : data_(std::move(data)), scaling_(scaling), levels_(std::move(levels)) {
    scaling_.check<Scalar>();
    check_size("DenoisingPairs", "dimension of the law of q", levels_.dimension(), 1);
  }

  [[nodiscard]] auto description() const {
    return describe("data", data_, "scaling", scaling_, "levels", levels_);
  }
  [[nodiscard]] const Data& data() const { return data_; }
  [[nodiscard]] const EdmScaling& scaling() const { return scaling_; }
  /// 2 d + 1.
  [[nodiscard]] Index dimension() const { return 2 * data_.dimension() + 1; }

  /// Streams key.part(0) of the data, key.part(1) of the noise and key.part(2) of q.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> pairs, Scratch& scratch) const {
    const Index d = data_.dimension();
    set_size(scratch.x, kBlockSize, d);
    set_size(scratch.z, kBlockSize, d);
    pushforward::sample(data_, key.part(0), first, scratch.x, scratch.data);
    normals<Scalar>(key.part(1), first, scratch.z);
    pushforward::sample(levels_, key.part(2), first, pairs.middleCols(d, 1), scratch.levels);
    const Lane<Scalar> q = pairs.col(d);
    const detail::EdmLanes<Scalar> c(scaling_, q);
    const auto s = static_cast<Scalar>(scaling_.data_deviation);
    pairs.col(d) = c.noise;
    for (Index j = 0; j < d; ++j) {
      const auto x = scratch.x.col(j), z = scratch.z.col(j);
      pairs.col(j) = c.in * (x + q * z);
      pairs.col(d + 1 + j) = c.in * (q * x / s - s * z);
    }
  }

 private:
  Data data_;
  EdmScaling scaling_;
  Levels levels_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
