#include "pushforward/io/fingerprint.hpp"
#include "pushforward/io/outline.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/sampling.hpp"

#include "support/catch.hpp"

namespace pf = pushforward;

namespace {

template <class T>
std::vector<pf::Fingerprint> fingerprints(const T& value) {
  std::vector<pf::Fingerprint> prints;
  pf::add_fingerprints(prints, "sampler", value);
  return prints;
}

/// Where two values differ.
template <class A, class B>
std::string difference(const A& a, const B& b) {
  return pf::first_difference(fingerprints(a), fingerprints(b));
}

auto make(std::uint64_t seed, double mean, pf::Index width) {
  return pf::Sampler(pf::Mlp<double>({1, width, 1}, pf::Key{seed}), pf::Gaussian<double>(mean, 1.0),
                     pf::Key{seed, 1});
}

}  // namespace

TEST_CASE("fingerprints name the first difference", "[io]") {
  CHECK(difference(make(1, 0, 3), make(1, 0, 3)).empty());
  CHECK(difference(make(1, 0, 3), make(2, 0, 3)) == "sampler.map.theta");
  CHECK(difference(make(1, 0, 3), make(1, -0.0, 3)) == "sampler.source.mean");
  CHECK(difference(make(1, 0, 3), make(1, 0, 4)) == "sampler.map.sizes");
  const pf::Gaussian<double> source(1);
  CHECK(difference(pf::Sampler(pf::Mlp<double, pf::Relu>({1, 1}, {}), source),
                   pf::Sampler(pf::Mlp<double, pf::Silu>({1, 1}, {}), source)) ==
        "sampler.map.hidden");
  CHECK(difference(pf::Sampler(pf::Identity<double>(1), source, pf::Key{1}),
                   pf::Sampler(pf::Identity<double>(1), source, pf::Key{2})) == "sampler.key.seed");
  CHECK(difference(pf::Identity<double>(1), source) == "sampler");
  CHECK(pf::first_difference({{"a", 1}}, {{"a", 1}, {"b", 2}}) == "b");
  CHECK(pf::first_difference({{"a", 1}, {"c", 2}}, {{"a", 1}}) == "c");
}

TEST_CASE("a hash is that of the bytes, and where they end counts", "[io]") {
  const auto hash = [](std::string_view bytes) {
    pf::detail::HashSink sink;
    sink.append(bytes.data(), bytes.size());
    return sink.hash();
  };
  const std::string zeros(20, '\0');
  for (std::size_t n = 1; n < zeros.size(); ++n) {
    CHECK(hash(zeros.substr(0, n)) != hash(zeros.substr(0, n - 1)));
    for (std::size_t i = 0; i < n; ++i) {
      std::string changed = zeros.substr(0, n);
      changed[i] = '\1';
      CHECK(hash(changed) != hash(zeros.substr(0, n)));
    }
  }
  CHECK(hash("pushforward") == 0xb3dc47abdbf3e5e2U);  // frozen: checkpoints hold such numbers
}

TEST_CASE("the outline of a value has a line for each field", "[io]") {
  CHECK(pf::outline(make(1, 0.5, 8)) == R"(Sampler
  map: Mlp
    hidden: Tanh
    output: Linear
    sizes: 1 8 1
    theta: 25 numbers
  source: Gaussian
    mean: 0.5
    factor: 1
  key: Key
    seed: 1
    stream: 1)");
  CHECK(pf::outline(pf::Mixture<pf::Gaussian<float>>({pf::Gaussian<float>(1)}, {2.F})) ==
        R"(Mixture
  components: 1
    0: Gaussian
      mean: 0
      factor: 1
  weights: 2)");
  CHECK(pf::outline(std::string("a\nb")) == R"("a\x0ab")");
  CHECK(pf::outline(true) == "true");
  CHECK(pf::outline(-3) == "-3");
}
