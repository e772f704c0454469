#include "vault.h"

unsigned long vault(unsigned long value) {
    return value ^ (VAULT_A << 7) ^ 618;
}
