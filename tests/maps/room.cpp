#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/gradient.hpp"
#include "support/small_stack.hpp"

#include "pushforward/maps.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/sampling/sampler.hpp"

namespace pf = pushforward;
using pf::Index;
using support::on_a_small_stack;

namespace {

/// Maps of R^3 inside each other, `depth` deep.
template <int depth>
auto nested() {
  const pf::Affine<double> turn(support::random_matrix(3, 3, depth) +
                                    pf::Matrix<double>::Identity(3, 3),
                                support::random_vector(3, depth));
  if constexpr (depth == 0)
    return turn;
  else if constexpr (depth % 2 == 0)
    return pf::Compose(turn, nested<depth - 1>());
  else
    return pf::Compose(nested<depth - 1>(), turn);
}

/// All that a map can do, once.
template <class M>
struct Everything {
  explicit Everything(M of) : map(std::move(of)) {}

  void operator()() {
    pf::apply(map, x, y, scratch);
    if constexpr (pf::HasApplyOne<M>) map.apply_one(one_x, one_y, scratch);
    if constexpr (pf::TrainableMap<M>) {
      map.set_parameters(theta);
      map.forward(x, y, tape);
      map.backward(tape, y, dtheta, dx);
      if constexpr (pf::HasTangent<M>) map.tangent(tape, x, y);
      if constexpr (pf::HasCotangent<M>) map.cotangent(tape, y, dx);
      if constexpr (pf::HasTangentBackward<M>) map.tangent_backward(tape, x, y, dtheta, dx);
    }
    if constexpr (pf::TrainableInvertibleMap<M>) {
      map.apply(x, y, log_det, scratch);
      map.inverse(y, dx, scratch);
      map.forward(x, y, log_det, tape);
      map.backward(tape, y, log_det, dtheta, dx);
    }
  }

  M map;
  pf::Block<double> x = support::random_block(map.input_dimension(), 1);
  pf::Block<double> y = support::random_block(map.output_dimension(), 2), dx = x;
  pf::Vector<double> one_x = x.row(0), one_y = y.row(0), theta = map.parameters(), dtheta = theta;
  pf::Lane<double> log_det;
  pf::ScratchOf<M> scratch;
  typename M::Tape tape;
};

template <class M>
void nothing_is_allocated(const M& map) {
  Everything<M> everything(map);
  everything();
  const long before = support::allocations();
  everything();
  CHECK(support::allocations() == before);
}

}  // namespace

TEST_CASE("Maps allocate nothing once warm", "[maps]") {
  const pf::Mlp<double, pf::Silu> net({3, 65, 3}, pf::Key{1});
  nothing_is_allocated(net);
  nothing_is_allocated(nested<3>());
  nothing_is_allocated(pf::Chain<pf::Affine<double>>({nested<0>(), nested<0>()}));
  using Net = pf::Mlp<double>;
  nothing_is_allocated(pf::Chain<Net>({Net({3, 9, 2}, pf::Key{1}), Net({2, 70, 3}, pf::Key{2})}));
  nothing_is_allocated(pf::Residual(net));
  nothing_is_allocated(pf::Alongside(net, 1));
  nothing_is_allocated(pf::Pin(net, pf::Vector<double>(pf::Vector<double>::Ones(2))));
  nothing_is_allocated(pf::SpectralNorm(net));
  nothing_is_allocated(pf::ConvexGradient<double>(3, 20, pf::Key{1}));
  nothing_is_allocated(pf::Players(net, Net({6, 5, 1}, pf::Key{2})));
  nothing_is_allocated(pf::Standardize<double>::of(support::random_matrix(3, 9, 1)));
}

TEST_CASE("Maps and samplers run on a stack of 64 KiB, however deep and wide", "[maps][sampling]") {
  on_a_small_stack(Everything(pf::Mlp<double, pf::Silu>({3, 300, 300, 300, 3}, pf::Key{1})));
  on_a_small_stack(Everything(nested<60>()));
  on_a_small_stack(Everything(
      pf::Chain<pf::Affine<double>>(std::vector<pf::Affine<double>>(3000, nested<0>()))));
  const pf::Sampler sampler(nested<60>(), pf::Gaussian<double>(3));
  pf::Matrix<double> samples;
  on_a_small_stack([&] {
    samples = sampler.sample(100);
    samples.col(0) = sampler[0];
  });
  CHECK(samples == sampler.sample(100));
}
