#pragma once

#include "pushforward/training/callbacks.hpp"
#include "pushforward/training/events.hpp"
#include "pushforward/training/fit.hpp"
