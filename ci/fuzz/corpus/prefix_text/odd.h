_Pragma("GCC diagnostic push")
#pragma pack(1)
/* a */ // b \
#include A
%:define B "x
