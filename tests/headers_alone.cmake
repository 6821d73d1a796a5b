# cmake -D "COMPILE=command" -D INCLUDE=folder -D WORK=folder -P headers_alone.cmake
# Each header is complete, once Eigen is there, and may come twice. One that another includes before
# all else is compiled there as if alone, and one of nothing but includes is complete if they are.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE headers RELATIVE ${INCLUDE} ${INCLUDE}/*.hpp)
set(proved "")
foreach(header IN LISTS headers)
  file(STRINGS ${INCLUDE}/${header} code REGEX "^[^/]")
  list(FILTER code EXCLUDE REGEX "^#(pragma once|include)|^ *//")
  if(NOT code)
    list(REMOVE_ITEM headers ${header})
    continue()
  endif()
  file(STRINGS ${INCLUDE}/${header} first REGEX "^#include" LIMIT_COUNT 1)
  string(REGEX REPLACE ".*[<\"](.*)[>\"].*" "\\1" first "${first}")
  list(APPEND proved ${first})
endforeach()
list(REMOVE_ITEM headers ${proved})

file(MAKE_DIRECTORY ${WORK})
file(WRITE ${WORK}/eigen.hpp "#include <pushforward/core/block.hpp>\n")
execute_process(COMMAND ${COMPILE} -x c++-header ${WORK}/eigen.hpp -o ${WORK}/eigen.hpp.gch
                COMMAND_ERROR_IS_FATAL ANY)
set(sources "")
foreach(header IN LISTS headers)
  set(include "#include \"${header}\"\n")
  string(REPLACE "/" "." source ${header}.cpp)
  file(WRITE ${WORK}/${source} "${include}${include}")
  list(APPEND sources ${source})
endforeach()
execute_process(COMMAND ${COMPILE} -Wall -Wextra -Werror -include eigen.hpp -fsyntax-only ${sources}
                WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
