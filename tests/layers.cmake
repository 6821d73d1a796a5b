# cmake -P layers.cmake
# A header may include its own folder and lower layers, and X.hpp belongs to folder X. Nor may a
# header have state of its own or say what some systems take for something else.
cmake_minimum_required(VERSION 3.25)

set(rank 0)
foreach(layer version core maps measures test_functions "problems;transport"
        "discrepancies;flows" objectives
        optimizers training "sampling;metrics" "io;testing" recipes pushforward)
  math(EXPR rank "${rank} + 1")
  foreach(folder IN LISTS layer)
    set(rank_of_${folder} ${rank})
  endforeach()
endforeach()

# Appends to `errors` what is wrong with a header; `path` is relative to include/pushforward.
function(check path text)
  string(REGEX REPLACE "//[^\n]*" "" text "\n${text}")
  string(REGEX REPLACE "(/.*|\\.hpp)$" "" from ${path})
  if(NOT rank_of_${from})
    list(APPEND errors "${path}: no such layer")
  endif()
  string(REGEX MATCHALL "#include [<\"]pushforward/[^>\"]+" includes "${text}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include .pushforward/" "" include ${include})
    string(REGEX REPLACE "(/.*|\\.hpp)$" "" to ${include})
    if(NOT from STREQUAL to AND NOT rank_of_${to} LESS rank_of_${from})
      list(APPEND errors "${path}: includes ${include}, which is not in a lower layer")
    endif()
  endforeach()

  set(constant "(static|inline) +((static|inline) +)?(const|namespace|[^(\n]*operator)[^\n]*")
  string(REGEX REPLACE "${constant}" "" text "${text}")
  foreach(banned "<iostream>" "[^a-zA-Z_]M_PI" "std::(min|max)[(<]" "[^a-zA-Z_]s?rand\\("
          "std::(random_device|mt19937|[a-z_]+_distribution)" "thread_local"
          "\n *(static|inline) [^(\n]*[={;]")
    if(text MATCHES "${banned}")
      string(REGEX REPLACE "[;\n]" "" found "${CMAKE_MATCH_0}")
      list(APPEND errors "${path}: says ${found}")
    endif()
  endforeach()
  set(errors "${errors}" PARENT_SCOPE)
endfunction()

# First, the check of the check.
set(errors "")
check(maps/good.hpp [[
#include "pushforward/core/block.hpp"  // not <iostream>
#include "pushforward/maps/affine.hpp"
inline constexpr int kSize = 64; static_assert(kSize == 64);
inline bool operator==(const A& a, const A& b) { return (std::min)(a.x, b.x) == a.x; }
static int f(int x = 1);
]])
if(errors)
  message(FATAL_ERROR "a good header is refused: ${errors}")
endif()
set(count 0)
foreach(bad [[#include "pushforward/measures/gaussian.hpp"]] [[#include <pushforward/training.hpp>]]
        [[#include "pushforward/flow/new.hpp"]] [[#include <iostream>]] [[double x = M_PI * 2]]
        [[x = std::min(a, b)]] [[x = std::max<int>(a, b)]] [[std::normal_distribution<> n]]
        [[thread_local int x]] "  static int count = 0;" "static int count;" "inline X table{1};")
  math(EXPR count "${count} + 1")
  check(maps/bad.hpp "${bad}")
  list(LENGTH errors found)
  if(NOT found EQUAL count)
    message(FATAL_ERROR "not refused: ${bad}")
  endif()
endforeach()

set(errors "")
set(root ${CMAKE_CURRENT_LIST_DIR}/../include/pushforward)
file(GLOB_RECURSE headers RELATIVE ${root} ${root}/*.hpp)
foreach(header IN LISTS headers)
  file(READ ${root}/${header} text)
  check(${header} "${text}")
endforeach()
list(LENGTH headers count)
if(errors OR count EQUAL 0)
  list(JOIN errors "\n" errors)
  message(FATAL_ERROR "${count} headers\n${errors}")
endif()
