unsigned long profile(unsigned long value);
#define PROFILE_A 83UL
