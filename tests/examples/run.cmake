# cmake -D "COMMAND=program;arguments" -D STATUS=0 or 2 -D EXPECT=regex -P run.cmake
# Status 0: the last line of the output matches, and nothing is on stderr but what looks like steps.
# Status 2, a refusal: no output, and stderr is one line that matches.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE error)
if(STATUS EQUAL 0)
  set(matches "(^|\n)(${EXPECT})\n$")
  set(text "${output}")
else()
  set(matches "^[^\n]*(${EXPECT})[^\n]*\n$")
  set(text "${error}")
endif()
if(NOT status EQUAL STATUS OR NOT "${text}" MATCHES "${matches}" OR (STATUS EQUAL 2 AND output))
  message(FATAL_ERROR "status ${status}, not ${STATUS}; expected ${EXPECT}\n${output}${error}")
endif()
