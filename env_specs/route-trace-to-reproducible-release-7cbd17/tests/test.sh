#!/bin/bash
exec python3 -I /tests/verify.py
