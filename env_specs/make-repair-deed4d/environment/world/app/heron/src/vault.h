unsigned long vault(unsigned long value);
#define VAULT_A 53UL
