#!/bin/bash
exec python3 -I -S /tests/verify.py
