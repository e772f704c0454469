#include "profile.h"
#include "common.h"

unsigned long profile(unsigned long value) {
    value += SALT;
    return value + (value >> 3) * PROFILE_A + 87;
}
