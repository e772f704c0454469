#include "notify.h"

unsigned long notify(unsigned long value) {
    return value + (value >> 3) * NOTIFY_A + 841;
}
