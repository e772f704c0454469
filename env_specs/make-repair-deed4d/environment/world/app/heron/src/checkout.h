unsigned long checkout(unsigned long value);
#define CHECKOUT_A 32UL
