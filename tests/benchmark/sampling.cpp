#include "support/catch.hpp"

#include <pushforward/pushforward.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#if defined(PUSHFORWARD_HAS_TORCH)
#include "peer.hpp"
#endif

namespace pf = pushforward;

TEST_CASE("65536 samples of a 2-64-64-2 tanh map, float", "[benchmark]") {
  constexpr pf::Index count = 65536;
#if defined(PUSHFORWARD_HAS_TORCH)
  const auto torch_sampling = peer::sampling({2, 64, 64, 2}, count);
  if (!peer::kernel().empty()) BENCHMARK("libtorch on " + peer::kernel() + ", 1 thread") {
      torch_sampling();
    };
#endif
  const pf::Sampler sampler(pf::Mlp<float>({2, 64, 64, 2}, pf::Key{1}), pf::Gaussian<float>(2));
  pf::Matrix<float> samples(2, count);
  BENCHMARK("pushforward, 1 thread") {
    sampler.sample_into(samples);
    return samples(0, 0);
  };
}

/// One sample, again and again: the median and the 99th percentile of the times of single calls.
TEST_CASE("one sample of a tanh map, float", "[benchmark]") {
  using Clock = std::chrono::steady_clock;
  for (const std::vector<pf::Index>& sizes :
       {std::vector<pf::Index>{2, 64, 64, 2}, {2, 128, 128, 128, 2}, {64, 512, 512, 64}}) {
    const pf::Sampler sampler(pf::Mlp<float>(sizes, pf::Key{1}),
                              pf::Gaussian<float>(sizes.front()));
    decltype(sampler)::Scratch scratch;
    pf::Matrix<float> sample(sizes.back(), 1);
    std::vector<double> times(20000);
    for (std::size_t i = 0; i < times.size(); ++i) {
      const auto begin = Clock::now();
      sampler.sample_into(sample, i, scratch);
      times[i] = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
    }
    CHECK(sample.col(0) == sampler.sample(1, times.size() - 1).col(0));
    std::sort(times.begin(), times.end());
    std::string name;
    for (const pf::Index size : sizes) name += (name.empty() ? "" : "-") + std::to_string(size);
    std::printf("=> one sample, %-16s median %6.2f us, 99th percentile %6.2f us\n", name.c_str(),
                times[times.size() / 2], times[times.size() * 99 / 100]);
  }
}

TEST_CASE("a map of 1 MB saved, loaded and replayed", "[benchmark]") {
  using Sampler = pf::Sampler<pf::Mlp<float>, pf::Gaussian<float>>;
  const Sampler sampler(pf::Mlp<float>({2, 498, 498, 2}, pf::Key{1}), pf::Gaussian<float>(2));
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "benchmark.map";
  BENCHMARK("pushforward, 1 thread") {
    pf::save(file, sampler);
    return pf::load<Sampler>(file).exact;
  };
  std::filesystem::remove(file);
}
