unsigned long stock(unsigned long value);
#define STOCK_A 24UL
