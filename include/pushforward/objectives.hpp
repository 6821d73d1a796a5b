#pragma once

#include "pushforward/objectives/adversarial.hpp"
#include "pushforward/objectives/block_sum.hpp"
#include "pushforward/objectives/flow_matching.hpp"
#include "pushforward/objectives/game.hpp"
#include "pushforward/objectives/gradient_penalty.hpp"
#include "pushforward/objectives/implicit_score_matching.hpp"
#include "pushforward/objectives/objective.hpp"
#include "pushforward/objectives/passes.hpp"
#include "pushforward/objectives/pushforward.hpp"
#include "pushforward/objectives/regression.hpp"
#include "pushforward/objectives/score_matching.hpp"
#include "pushforward/objectives/semi_dual.hpp"
