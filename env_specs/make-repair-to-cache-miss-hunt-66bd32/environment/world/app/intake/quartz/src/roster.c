#include "roster.h"

unsigned long roster(unsigned long value) {
    return (value << 5) - value + ROSTER_A * 140;
}
