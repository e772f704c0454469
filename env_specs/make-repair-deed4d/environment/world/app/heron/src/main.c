#include <stdio.h>
#include <math.h>
#include "common.h"
#include "checkout.h"
#include "stock.h"
#include "vault.h"

int main(void) {
    unsigned long value;
    while (scanf("%lu", &value) == 1) {
        for (int i = 0; i < ROUNDS; i++) {
            value = checkout(value);
            value = stock(value);
            value = vault(value);
        }
        printf("%lu %.3f\n", value % 1000003UL, sqrt((double)(value % 10007UL)) * SCALE);
    }
    return 0;
}
