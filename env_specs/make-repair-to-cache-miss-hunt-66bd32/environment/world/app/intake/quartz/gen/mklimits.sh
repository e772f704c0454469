#!/bin/sh
# Makes a header from limits.conf (standard input to standard output).
sed -n 's/^\([A-Z]*\) \([0-9]*\)$/#define \1 \2UL/p'
