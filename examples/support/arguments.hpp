#pragma once

#include "pushforward/io/text.hpp"

#include <algorithm>
#include <concepts>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

/// \file
/// The command line of the example programs.

namespace support {

/// What a number can be read into.
template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

/// The numbers from low to high.
template <Number T>
struct Range {
  T low = std::numeric_limits<T>::lowest();
  T high = (std::numeric_limits<T>::max)();
};

/// What a program can be told, declared in `main` beside the variables that receive it.
/// \code
///   std::filesystem::path data;
///   int steps = 40;
///   std::string view = "mean";
///   bool quiet = false;
///   support::Arguments arguments("fit", "Learns a map onto the law of the samples in a file.");
///   arguments.option("DATA", data, "CSV file, a sample per row")
///       .required()
///       .option("--steps", steps, "steps of training", {1, 100000})
///       .option("--view", view, "what is minimised", {"mean", "supremum"})
///       .option("--quiet", quiet, "no progress");
///   if (!arguments.read(argc, argv)) return 0;  // --help was asked for
/// \endcode
/// What begins with `--` is a flag, given as `--name VALUE` or `--name=VALUE`, or as `--name` if it
/// is a switch; the others are given by their place. What a variable holds is its default.
class Arguments {
 public:
  /// `purpose` is the sentence that --help prints.
  Arguments(std::string program, std::string purpose)
      : program_(std::move(program)), purpose_(std::move(purpose)) {}

  /// A number in a range.
  template <Number T>
  Arguments& option(const std::string& name, T& value, const std::string& help,
                    Range<std::type_identity_t<T>> range = {}) {
    return add_number(name, value, help, pushforward::to_text(value), range);
  }

  /// The same; empty if it is not given.
  template <Number T>
  Arguments& option(const std::string& name, std::optional<T>& value, const std::string& help,
                    Range<std::type_identity_t<T>> range = {}) {
    return add_number(name, value, help, "", range);
  }

  /// A switch: true if it is given.
  Arguments& option(const std::string& name, bool& value, const std::string& help) {
    return add(name, "", help, "", [&value](std::string_view) { value = true; });
  }

  /// One of some words.
  Arguments& option(const std::string& name, std::string& value, const std::string& help,
                    const std::vector<std::string>& words) {
    std::string choice;
    for (const std::string& word : words) choice.append(choice.empty() ? "" : "|").append(word);
    return add(name, choice, help, value, [=, &value](std::string_view token) {
      if (std::find(words.begin(), words.end(), token) == words.end()) refuse(name, token, choice);
      value = token;
    });
  }

  /// A path.
  Arguments& option(const std::string& name, std::filesystem::path& value,
                    const std::string& help) {
    return add(name, "PATH", help, value.string(), [=, &value](std::string_view token) {
      if (token.empty()) refuse(name, token, "a path");
      value = token;
    });
  }

  /// The option declared last must be given.
  Arguments& required() {
    entries_.back().required = true;
    return *this;
  }

  /// Sets the variables from the command line. False after -h or --help, which print help() on
  /// stdout. Throws std::invalid_argument, one line that names the flag and the token, if an
  /// argument is unknown, given twice, without a value or with one that is not allowed, or is
  /// missing.
  [[nodiscard]] bool read(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view token = argv[i];
      if (is_help(token)) {
        static_cast<void>(std::fputs(help().c_str(), stdout));
        return false;
      }
      const bool flag = token.starts_with('-');
      const std::size_t equals = flag ? token.find('=') : std::string_view::npos;
      const std::string_view name = token.substr(0, equals);
      const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
        return flag ? e.name == name : !e.flag() && !e.given;
      });
      if (entry == entries_.end())
        throw std::invalid_argument("unknown argument " + pushforward::token_text(token) +
                                    "; see --help");
      if (entry->given) throw std::invalid_argument(entry->name + " is given twice");
      std::string_view value = token;
      if (equals != std::string_view::npos) {
        if (entry->is_switch())
          throw std::invalid_argument(entry->name + " takes no value, but is followed by " +
                                      pushforward::token_text(token.substr(equals)));
        value = token.substr(equals + 1);
      } else if (flag && !entry->is_switch()) {
        if (++i == argc || std::string_view(argv[i]).starts_with("--") || is_help(argv[i]))
          throw std::invalid_argument(entry->name + " is not followed by a value, " + entry->value);
        value = argv[i];
      }
      entry->set(value);
      entry->given = true;
    }
    for (const Entry& entry : entries_)
      if (entry.required && !entry.given)
        throw std::invalid_argument(entry.name + " is missing; " + usage() + "; see --help");
    return true;
  }

  /// The line that shows how the program is called.
  [[nodiscard]] std::string usage() const {
    std::string line = "usage: " + program_;
    bool more = false;
    for (const Entry& entry : entries_) {
      const std::string text = entry.flag() ? entry.name + " " + entry.value : entry.name;
      if (entry.required)
        line += " " + text;
      else if (entry.flag())
        more = true;
      else
        line += " [" + text + "]";
    }
    return line + (more ? " [--flag VALUE]..." : "");
  }

  /// The text of --help.
  [[nodiscard]] std::string help() const {
    std::string text = usage() + "\n" + purpose_ + "\n";
    for (const Entry& entry : entries_) {
      if (&entry == &entries_.front()) text += "\n";
      std::string left = "  " + entry.name;
      if (entry.flag() && !entry.is_switch()) left += " " + entry.value;
      left.resize((std::max)(left.size() + 2, std::size_t(28)), ' ');
      text += left + entry.help;
      text += entry.initial.empty() ? "\n" : " (default " + entry.initial + ")\n";
    }
    return text;
  }

 private:
  using Set = std::function<void(std::string_view)>;
  struct Entry {
    std::string name, value, help, initial;
    Set set;
    bool required = false, given = false;

    [[nodiscard]] bool flag() const { return name.starts_with("--"); }
    [[nodiscard]] bool is_switch() const { return value.empty(); }
  };

  static bool is_help(std::string_view token) { return token == "-h" || token == "--help"; }

  template <Number T, class Value>
  Arguments& add_number(const std::string& name, Value& value, const std::string& help,
                        const std::string& initial, Range<T> range) {
    using pushforward::to_text;
    constexpr bool integer = std::integral<T>;
    return add(name, integer ? "INTEGER" : "NUMBER", help, initial,
               [=, &value](std::string_view token) {
                 T number{};
                 if (pushforward::read_number(token, number) != std::errc() || number < range.low ||
                     number > range.high)
                   refuse(name, token,
                          (integer ? "an integer from " : "a number from ") + to_text(range.low) +
                              " to " + to_text(range.high));
                 value = number;
               });
  }

  Arguments& add(const std::string& name, const std::string& value, const std::string& help,
                 const std::string& initial, Set set) {
    entries_.push_back({name, value, help, initial, std::move(set)});
    return *this;
  }

  [[noreturn]] static void refuse(const std::string& name, std::string_view token,
                                  const std::string& requirement) {
    throw std::invalid_argument(name + " is " + pushforward::token_text(token) + ", but must be " +
                                requirement);
  }

  std::string program_, purpose_;
  std::vector<Entry> entries_;
};

}  // namespace support
