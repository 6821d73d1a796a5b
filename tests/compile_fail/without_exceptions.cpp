// expect: pushforward reports errors by exceptions: compile it without -fno-exceptions\.
// flags: -fno-exceptions
#include "pushforward/core/check.hpp"
