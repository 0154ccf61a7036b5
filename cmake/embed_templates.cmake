# Writes OUT, a C source that holds every file under DIR/*/templates: what generators/template.h promises.
file(GLOB files RELATIVE ${DIR} ${DIR}/*/templates/*)
list(SORT files)
set(data "")
set(table "")
set(count 0)
foreach(name ${files})
  file(READ ${DIR}/${name} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND data "static const char file_${count}[] = {${bytes}0};\n")
  string(REPLACE "/templates/" "/" short ${name})
  string(APPEND table "    {\"${short}\", file_${count}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUT} "/* Generated from generators/; see cmake/embed_templates.cmake. */
#include \"generators/template.h\"

${data}
const template_file template_files[] = {
${table}    {0},
};
")
