#include <stdio.h>
#include <math.h>
#include "common.h"
#include "billing.h"
#include "identity.h"
#include "image.h"
#include "ledger.h"
#include "notify.h"
#include "profile.h"
#include "roster.h"
#include "vault.h"

int main(void) {
    unsigned long value;
    while (scanf("%lu", &value) == 1) {
        for (int i = 0; i < ROUNDS; i++) {
            value = billing(value);
            value = identity(value);
            value = image(value);
            value = ledger(value);
            value = notify(value);
            value = profile(value);
            value = roster(value);
            value = vault(value);
        }
        printf("%lu %.3f\n", value % 1000003UL, sqrt((double)(value % 10007UL)) * SCALE);
    }
    return 0;
}
