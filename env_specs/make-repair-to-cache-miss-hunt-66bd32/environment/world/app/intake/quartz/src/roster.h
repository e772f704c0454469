unsigned long roster(unsigned long value);
#define ROSTER_A 93UL
