unsigned long ledger(unsigned long value);
#define LEDGER_A 48UL
