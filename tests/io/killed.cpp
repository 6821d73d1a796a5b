#include "pushforward/io/checkpoint.hpp"

#include "pushforward/maps/mlp.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/objectives/regression.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/training/callbacks.hpp"
#include "pushforward/training/fit.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <csignal>
#include <cstring>
#include <fstream>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>

/// \file
/// A training that is killed at whatever moment, again and again: a child of this process each
/// time. `test_io "[kills]"` kills two hundred.

namespace pf = pushforward;
using pf::Index;

namespace {

using Path = std::filesystem::path;

/// Trains from where the checkpoint stands, if there is one, to the end; the bytes of the map go to
/// a file.
void train(const Path& checkpoint, const Path& out, int threads) {
  pf::Mlp<double> map({1, 8, 1}, pf::Key{1});
  const pf::RegressionObjective objective(pf::Gaussian<double>(2), pf::AbsoluteError{},
                                          {.batch = 200});
  pf::Run run(map, objective, pf::Adam{}, {.steps = 600, .threads = threads});
  pf::Average average;
  if (std::filesystem::exists(checkpoint)) pf::resume(run, checkpoint, average);
  (void)pf::fit(run, average, pf::Checkpoint(run, checkpoint, 2, average));
  const pf::Vector<double>& theta = map.parameters();
  std::ofstream(out, std::ios::binary)
      .write(reinterpret_cast<const char*>(theta.data()), theta.size() * 8);
}

[[nodiscard]] std::string content(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr Index kAlways = 100'000'000;  ///< microseconds

/// A child that trains; killed after so many microseconds, unless it has ended. What it ends with:
/// 0, 1 for an exception, -9 if it was killed.
int train_for(Index microseconds, const Path& checkpoint, const Path& out, int threads) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      train(checkpoint, out, threads);
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() < end)
      usleep(50);
    else
      kill(child, SIGKILL);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Kills trainings until so many have been killed; each that comes to its end has the bits of one
/// that was left alone.
void kill_trainings(int kills) {
  const support::TemporaryDirectory directory;
  const auto checkpoint = directory / "run.checkpoint", out = directory / "theta";
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(train_for(kAlways, directory / "other.checkpoint", out, 1) == 0);
  const double whole =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
  const std::string expected = content(out);
  REQUIRE(expected.size() == 25 * 8);

  pf::RandomSequence<double> random(pf::Key{7}, 0);
  int killed = 0, ended = 0, resumed = 0;
  while (killed < kills || ended == 0) {
    std::filesystem::remove(out);
    const bool resumes = std::filesystem::exists(checkpoint);
    const Index time = killed < kills ? static_cast<Index>(random.uniform() * whole / 3) : kAlways;
    const int status = train_for(time, checkpoint, out, 1 + killed % 3);
    if (status == -SIGKILL) {
      ++killed;
      resumed += resumes;
      continue;
    }
    REQUIRE(status == 0);
    CHECK(content(out) == expected);
    ++ended;
    std::filesystem::remove(checkpoint);
  }
  CHECK(resumed > 0);
}

}  // namespace

TEST_CASE("a training that is killed at any time goes on to the same bits", "[io]") {
  kill_trainings(20);
}

TEST_CASE("a training that is killed at any of two hundred times goes on to the same bits",
          "[.][kills]") {
  kill_trainings(200);
}

#endif
