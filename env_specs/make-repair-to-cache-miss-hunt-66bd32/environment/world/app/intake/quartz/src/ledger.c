#include "ledger.h"

unsigned long ledger(unsigned long value) {
    return value + (value >> 3) * LEDGER_A + 261;
}
