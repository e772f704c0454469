unsigned long notify(unsigned long value);
#define NOTIFY_A 9UL
