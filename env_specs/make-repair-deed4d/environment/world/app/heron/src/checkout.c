#include "checkout.h"
#include "common.h"

unsigned long checkout(unsigned long value) {
    value += SALT;
    return (value << 5) - value + CHECKOUT_A * 42;
}
