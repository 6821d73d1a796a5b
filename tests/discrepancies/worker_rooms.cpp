#include "support/catch.hpp"
#include "support/gradient.hpp"

#include "pushforward/discrepancies/kernel.hpp"
#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/measures/image.hpp"
#include "pushforward/test_functions/random_fourier.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

/// A law that needs room to be drawn from.
auto image() {
  return pf::Image(
      pf::Affine<double>(pf::Matrix<double>::Identity(2, 2), pf::Vector<double>::Zero(2)),
      pf::Gaussian<double>(2));
}

/// A step of one block on so many threads, of which all but one are idle.
template <class D>
typename D::Workspace after_one_block(const D& d, int threads) {
  typename D::Workspace work;
  pf::Team team(threads);
  const pf::Batch<double> x(support::random_matrix(2, 5, 1));
  pf::Batch<double> dx(2, 5);
  (void)d.value_and_gradient(x, {0, team}, dx, work);
  return work;
}

}  // namespace

TEST_CASE("Room of the workers that came to no block is made all the same",
          "[discrepancies][memory][threads]") {
  for (const int threads : {2, 3}) {
    INFO(threads << " threads");
    const auto grown = [&](const auto& rooms) {
      CHECK(rooms.size() == std::size_t(threads));
      for (const auto& room : rooms) CHECK(room.y.rows() == pf::kBlockSize);
    };
    const pf::KernelDiscrepancy fresh(pf::EnergyKernel{}, image(), {.target = {.batch = 3}});
    grown(after_one_block(fresh, threads).target.samples.fresh.scratch);
    const pf::MeanDiscrepancy mean(pf::RandomFourier<double>(2, 4, {}, pf::Key{1}), image(),
                                   {.target = {.batch = 3}});
    grown(after_one_block(mean, threads).expectation.draw.scratch);

    const pf::KernelDiscrepancy known(pf::MultiScaleKernel{}, pf::Gaussian<double>(2));
    const auto rooms = after_one_block(known, threads).target.scratch;
    CHECK(rooms.size() == std::size_t(threads));
    for (const auto& room : rooms) {
      CHECK(room.dx.cols() == 2);
      CHECK(room.part.score.cols() == 2);
    }
  }
}
