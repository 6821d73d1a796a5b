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
  void inverse(In y, Out x) const { x = y - 1; }
  void log_det_jacobian(In, pf::Lane<double>& out) const { out.setZero(); }
};

/// Near misses: a map with one member gone wrong.
struct NoScalar : Scale {
  using Scalar = int;
};
struct Mutable : Scale {
  void apply(In x, Out y) { y = x; }
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
  void log_det_jacobian(In) const {}
};

}  // namespace

static_assert(pf::TrainableMap<Scale> && !pf::InvertibleMap<Scale>);
static_assert(pf::InvertibleMap<Shift> && !pf::TrainableMap<Shift>);
static_assert(!pf::Map<NoScalar> && !pf::Map<Mutable> && !pf::Map<ReturnsY> && !pf::Map<OfFloat>);
static_assert(pf::Map<NoTape> && !pf::TrainableMap<NoTape>);
static_assert(!pf::TrainableMap<ConstTape> && !pf::TrainableMap<NoInputGradient>);
static_assert(!pf::TrainableMap<Frozen> && pf::Map<Frozen>);
static_assert(pf::Map<NoLogDeterminant> && !pf::InvertibleMap<NoLogDeterminant>);
static_assert(!pf::Map<double> && !pf::Map<pf::Batch<double>>);

TEST_CASE("A user's maps keep the laws and compose with the library's", "[maps][laws]") {
  laws::trainable_map(Scale{0.7});
  laws::invertible_map(Shift{});
  laws::trainable_map(pf::Compose(Scale{-2}, pf::Mlp<double>({1, 5, 2}, pf::Key{1})));
  laws::invertible_map(pf::Compose(Shift{}, pf::Identity<double>(2)));
}
