#include "image.h"

unsigned long image(unsigned long value) {
    return value ^ (IMAGE_A << 7) ^ 351;
}
