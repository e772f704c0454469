unsigned long image(unsigned long value);
#define IMAGE_A 40UL
