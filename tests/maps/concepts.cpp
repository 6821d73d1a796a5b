#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/identity.hpp"
#include "pushforward/maps/mlp.hpp"

namespace pf = pushforward;
using models::Scale;
using pf::Index;
using In = pf::ConstBlockRef<double>;
using Out = pf::BlockRef<double>;

namespace {

struct Shift {  // a map with an inverse and without parameters
  using Scalar = double;
  Index input_dimension() const { return 2; }
  Index output_dimension() const { return 2; }
  void apply(In x, Out y) const { y = x + 1; }
  void apply(In x, Out y, pf::Lane<double>& log_det, pf::NoScratch&) const {
    y = x + 1;
    log_det.setZero();
  }
  void inverse(In y, Out x, pf::NoScratch&) const { x = y - 1; }
};

/// Near misses: a map with one member gone wrong.
struct NoScalar : Scale {
  using Scalar = int;
};
struct Mutable : Scale {
  void apply(In x, Out y) { y = x; }
};
struct TakesReference : Scale {
  void apply(In x, pf::BlockRef<double>& y) const { y = x; }
};
struct DoubleDimension : Scale {
  double input_dimension() const { return 1; }
};
struct ReturnsY : Scale {
  pf::Block<double> apply(In x, Out) const { return x; }
};
struct OfFloat : Scale {
  void apply(pf::ConstBlockRef<float>, pf::BlockRef<float>) const {}
};
struct NoTape : Scale {
  struct Tape {
    explicit Tape(int) {}
  };
};
struct ConstTape : Scale {
  void forward(In x, Out y, const int&) const { apply(x, y); }
};
struct NoInputGradient : Scale {
  void backward(Tape&, In, pf::VectorRef<double>) const {}
};
struct Frozen : Scale {
  void set_parameters(pf::ConstVectorRef<double>) const = delete;
};
struct NoLogDeterminant : Shift {
  void apply(In x, Out y) const { y = x + 1; }
};
struct NoScratchAtAll : Shift {
  void inverse(In y, Out x) const { x = y - 1; }
};
struct ConstLogDeterminant : pf::Identity<double> {
  void backward(Tape&, In dy, pf::VectorRef<double>, Out dx) const { dx = dy; }
  void backward(Tape&, In dy, pf::Lane<double>&, pf::VectorRef<double>, Out dx) const { dx = dy; }
};
struct NoTangent : pf::Identity<double> {
  void tangent(const Tape&, Out dx, Out dy) { dy = dx; }
};
struct NoSecondDerivative : pf::Identity<double> {
  void tangent_backward(Tape&, In, In, pf::VectorRef<double>) const {}
};
class Private : Scale {};

/// A map that needs room.
struct Twice {
  using Scalar = double;
  struct Scratch {
    pf::Block<double> half;
  };
  Index input_dimension() const { return 3; }
  Index output_dimension() const { return 3; }
  void apply(In x, Out y, Scratch& scratch) const {
    scratch.half = x;
    y = x + scratch.half;
  }
};

}  // namespace

static_assert(pf::TrainableMap<Scale> && !pf::InvertibleMap<Scale>);
static_assert(pf::InvertibleMap<Shift> && !pf::TrainableMap<Shift>);
static_assert(!pf::Map<NoScalar> && !pf::Map<Mutable> && !pf::Map<ReturnsY> && !pf::Map<OfFloat>);
static_assert(pf::Map<NoTape> && !pf::TrainableMap<NoTape>);
static_assert(!pf::TrainableMap<ConstTape> && !pf::TrainableMap<NoInputGradient>);
static_assert(!pf::TrainableMap<Frozen> && pf::Map<Frozen>);
static_assert(!pf::Map<TakesReference> && !pf::Map<DoubleDimension> && !pf::Map<Private>);
static_assert(pf::Map<NoLogDeterminant> && !pf::InvertibleMap<NoLogDeterminant>);
static_assert(pf::Map<NoScratchAtAll> && !pf::InvertibleMap<NoScratchAtAll>);
static_assert(pf::TrainableMap<ConstLogDeterminant> &&
              !pf::TrainableInvertibleMap<ConstLogDeterminant>);
static_assert(!pf::HasTangent<NoTangent> && pf::HasTangent<pf::Identity<double>>);
static_assert(!pf::HasTangent<Scale> && !pf::HasCotangent<Scale> && !pf::HasApplyOne<Scale>);
static_assert(pf::HasTangentBackward<pf::Mlp<float>> && !pf::HasTangentBackward<Scale>);
static_assert(pf::HasTangentBackward<pf::Identity<double>>);
static_assert(!pf::HasTangentBackward<NoSecondDerivative> && pf::HasTangent<NoSecondDerivative>);
static_assert(pf::Map<Twice> && !pf::TrainableMap<Twice>);
static_assert(!pf::Map<double> && !pf::Map<pf::Batch<double>>);

TEST_CASE("A user's maps keep the laws and compose with the library's", "[maps][laws]") {
  laws::trainable_map(Scale{0.7});
  laws::invertible_map(Shift{});
  laws::trainable_map(pf::Compose(Scale{-2}, pf::Mlp<double>({1, 5, 2}, pf::Key{1})));
  laws::invertible_map(pf::Compose(Shift{}, pf::Identity<double>(2)));
  laws::map(Twice{});
  laws::map(pf::Compose(pf::Identity<double>(3), Twice{}));
}
