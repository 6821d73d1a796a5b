#pragma once

#include "pushforward/training/callbacks.hpp"
#include "pushforward/training/events.hpp"
#include "pushforward/training/fit.hpp"
#include "pushforward/training/run.hpp"
#include "pushforward/training/run_state.hpp"
