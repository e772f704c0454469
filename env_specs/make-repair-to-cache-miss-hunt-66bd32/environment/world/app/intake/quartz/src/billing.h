unsigned long billing(unsigned long value);
#define BILLING_A 19UL
