#include "support/laws.hpp"

#include "pushforward/core/team.hpp"

namespace laws {

/// A discrepancy is a function of the samples alone, and its gradient is that of its value, for
/// batches of `fewest` samples and more, within a block and across blocks.
template <pf::Real S>
void discrepancy(const ErasedDiscrepancy<S>& d, Index fewest, At at) {
  const Index dimension = d.dimension();
  CHECK(dimension >= 1);
  ErasedRoom used;
  pf::Team alone, team(3);
  for (const Index n : {130, 1, 2, 3, 63, 64, 65, 2}) {
    if (n < fewest) continue;
    INFO("n = " << n);
    const pf::Matrix<S> y = support::random_matrix<S>(dimension, n, 1, at.scale);
    pf::Batch<S> dy(dimension, n), fresh_dy(dimension, n);
    for (Index b = 0; b < dy.blocks(); ++b)
      dy.block(b).setConstant(std::numeric_limits<S>::quiet_NaN());
    const S value = d.value_and_gradient(pf::Batch<S>(y), pf::Step{3, alone}, dy, used);

    INFO("dy is set, and is zero on padding rows");
    CHECK(pf::all_finite(dy.matrix()));
    const Index full = n % pf::kBlockSize == 0 ? pf::kBlockSize : n % pf::kBlockSize;
    CHECK((dy.block(dy.blocks() - 1).bottomRows(pf::kBlockSize - full) == 0).all());

    INFO("neither the workspace nor the threads change a bit");
    ErasedRoom fresh;
    const S again = ErasedDiscrepancy(d).value_and_gradient(pf::Batch<S>(y), pf::Step{3, team},
                                                            fresh_dy, fresh);
    CHECK(again == value);
    CHECK(same_bits(fresh_dy.matrix(), dy.matrix()));

    if constexpr (std::is_same_v<S, double>) {
      INFO("dy is the gradient");
      const auto loss = [&](const pf::Vector<double>& flat) {
        const pf::Matrix<double> samples = flat.reshaped(dimension, n);
        return d.value_and_gradient(pf::Batch<double>(samples), {3, alone}, fresh_dy, fresh);
      };
      CHECK(support::gradient_gap(loss, y.reshaped(), dy.matrix().reshaped(), at.step) <
            support::kGradientGap);
    }
  }
}

template void discrepancy(const ErasedDiscrepancy<float>&, Index, At);
template void discrepancy(const ErasedDiscrepancy<double>&, Index, At);

}  // namespace laws
