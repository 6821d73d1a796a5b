#pragma once

/// The version of the library (semantic versioning). CMakeLists.txt reads these three lines.
#define PUSHFORWARD_VERSION_MAJOR 0
#define PUSHFORWARD_VERSION_MINOR 2
#define PUSHFORWARD_VERSION_PATCH 0
