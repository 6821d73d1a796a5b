# cmake -D "COMPILE=command" -D FILE=file -P run.cmake
# The file must not compile, and the compiler must say what its first line, `// expect: REGEX`, says.
# A second line `// flags: ...` has more flags.
file(STRINGS ${FILE} flags REGEX "^// flags: ")
string(REPLACE "// flags: " "" flags "${flags}")
separate_arguments(flags)
file(STRINGS ${FILE} expect LIMIT_COUNT 1)
if(NOT expect MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "the first line is not `// expect: REGEX`")
endif()
set(expect "${CMAKE_MATCH_1}")
execute_process(COMMAND ${COMPILE} ${flags} -fsyntax-only ${FILE}
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "${FILE} compiles")
elseif(NOT output MATCHES "${expect}")
  message(FATAL_ERROR "not said: ${expect}\n${output}")
endif()
