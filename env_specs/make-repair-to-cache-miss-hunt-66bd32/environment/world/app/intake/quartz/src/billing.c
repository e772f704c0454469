#include "billing.h"
#include "common.h"

unsigned long billing(unsigned long value) {
    value += SALT;
    return value * BILLING_A + 294;
}
