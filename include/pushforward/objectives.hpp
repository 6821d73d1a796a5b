#pragma once

#include "pushforward/objectives/objective.hpp"
#include "pushforward/objectives/pushforward.hpp"
