#pragma once

#include "pushforward/testing/gradient_gap.hpp"
