#include "limits.h"
#define SCALE 3
