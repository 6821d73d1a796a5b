#pragma once

/// \file
/// Files: samples as comma-separated values, and what reading and writing any file needs.

#include "pushforward/io/csv.hpp"
#include "pushforward/io/file.hpp"
#include "pushforward/io/text.hpp"
