#include "stock.h"

unsigned long stock(unsigned long value) {
    return value * STOCK_A + 282;
}
