#include "identity.h"
#include "common.h"

unsigned long identity(unsigned long value) {
    value += SALT;
    return value + (value >> 3) * IDENTITY_A + 560;
}
