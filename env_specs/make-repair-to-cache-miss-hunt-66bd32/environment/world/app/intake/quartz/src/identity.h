unsigned long identity(unsigned long value);
#define IDENTITY_A 65UL
