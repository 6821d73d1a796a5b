#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/block.hpp"
#include "pushforward/core/check.hpp"
#include "pushforward/core/concepts.hpp"
#include "pushforward/core/expectation.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/core/parallel.hpp"
#include "pushforward/core/random.hpp"
#include "pushforward/core/stack_block.hpp"
#include "pushforward/core/vector_math.hpp"
