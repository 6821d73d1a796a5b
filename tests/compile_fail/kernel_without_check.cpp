// expect: a kernel: add public .void check\(\) const.
#include <pushforward/discrepancies/kernel.hpp>
#include <pushforward/measures/empirical.hpp>

namespace pf = pushforward;

struct Constant {
  template <pf::Real S>
  [[nodiscard]] auto radial() const {
    return [](S) -> pf::Radial<S> { return {1, 0}; };
  }
};

void f(const pf::Empirical<double>& target) { (void)pf::KernelDiscrepancy(Constant{}, target); }
