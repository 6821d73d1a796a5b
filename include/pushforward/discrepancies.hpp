#pragma once

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/discrepancies/weights.hpp"
