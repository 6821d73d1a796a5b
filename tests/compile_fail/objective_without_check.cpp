// expect: an objective: add public .void check
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Shrink {
  using Scalar = double;
  template <class Map>
  struct Workspace {};
  template <class Map>
  double value_and_gradient(const Map&, const pf::Step&, pf::VectorRef<double>,
                            Workspace<Map>&) const {
    return 0;
  }
};

int main() {
  pf::Mlp<double> map({1, 4, 1}, pf::Key{});
  (void)pf::fit(map, Shrink{}, pf::Adam{}, {});
}
