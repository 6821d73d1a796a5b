#pragma once

#include "pushforward/sampling/sampler.hpp"
