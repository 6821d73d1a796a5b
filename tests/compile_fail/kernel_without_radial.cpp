// expect: a kernel: add public .template <Real S> auto radial\(\) const., which returns a function
#include <pushforward/discrepancies/kernel.hpp>
#include <pushforward/measures/empirical.hpp>

namespace pf = pushforward;

struct Value {
  void check() const {}
  double operator()(double squared) const { return -squared; }
};

void f(const pf::Empirical<double>& target) { (void)pf::KernelDiscrepancy(Value{}, target); }
