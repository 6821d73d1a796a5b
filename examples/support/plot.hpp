#pragma once

#include "pushforward/core/block.hpp"
#include "pushforward/io/file.hpp"
#include "pushforward/io/text.hpp"

#include <stdexcept>

#if __has_include(<spawn.h>)
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
extern char** environ;
#endif

/// \file
/// Pictures by gnuplot, where there is one.

namespace support {

/// A path as gnuplot reads it: absolute, so that no `<`, `|`, `-` or `~` begins it and means a
/// command, a stream or a home, and in single quotes, in which gnuplot expands nothing.
/// Throws std::invalid_argument if it has a control character: a line end would end the command.
[[nodiscard]] inline std::string gnuplot_path(const std::filesystem::path& path) {
  std::string text = "'";
  for (const char character : std::filesystem::absolute(path).string()) {
    if ((character >= 0 && character < ' ') || character == '\x7f')
      throw std::invalid_argument("gnuplot_path: path is " + path.string() +
                                  ", but must be free of control characters");
    text.append(character == '\'' ? 2 : 1, character);
  }
  return text + "'";
}

/// The columns of `data` as a gnuplot data block: a line a sample.
[[nodiscard]] inline std::string data_block(const std::string& name,
                                            const pushforward::Matrix<double>& data) {
  std::string text = name + " << EOD\n";
  for (pushforward::Index i = 0; i < data.cols(); ++i)
    for (pushforward::Index j = 0; j < data.rows(); ++j)
      text += pushforward::to_text(data(j, i)) + (j + 1 < data.rows() ? ' ' : '\n');
  return text + "EOD\n";
}

/// Writes a gnuplot script, as a whole or not at all, and runs `gnuplot` on it, if there is one on
/// the PATH, without a shell. Returns whether gnuplot ran to the end of the script.
/// Throws std::system_error if the script cannot be written.
inline bool plot(const std::filesystem::path& script, std::string_view text) {
  pushforward::write_file("plot", script, text);
#if __has_include(<spawn.h>)
  std::string words[] = {"gnuplot", "--default-settings",
                         std::filesystem::absolute(script).string()};
  char* const arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t process = 0;
  posix_spawn_file_actions_t quiet;  // its warnings about flat data are no news
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const int failed = posix_spawnp(&process, arguments[0], &quiet, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (failed != 0) return false;
  int status = 0;
  while (waitpid(process, &status, 0) == -1)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
#else
  return false;
#endif
}

}  // namespace support
