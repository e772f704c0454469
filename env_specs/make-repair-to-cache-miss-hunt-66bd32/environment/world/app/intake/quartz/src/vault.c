#include "vault.h"
#include "common.h"

unsigned long vault(unsigned long value) {
    value += SALT;
    return value * VAULT_A + 899;
}
