#include <pushforward/core/block.hpp>
#include <pushforward/version.hpp>

#include <iostream>
#include <string>

/// Called with the version that is meant to be used.
int main(int count, char** arguments) {
  pushforward::Block<double> x = pushforward::Block<double>::Ones(pushforward::kBlockSize, 2);
  const std::string version = std::to_string(PUSHFORWARD_VERSION_MAJOR) + '.' +
                              std::to_string(PUSHFORWARD_VERSION_MINOR) + '.' +
                              std::to_string(PUSHFORWARD_VERSION_PATCH);
  std::cout << "pushforward " << version << ": " << x.sum() << '\n';
  return count == 2 && version == arguments[1] ? 0 : 1;
}
