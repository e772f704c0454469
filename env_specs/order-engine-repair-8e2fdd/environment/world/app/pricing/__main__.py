import sys

from pricing.parse import read_orders
from pricing.report import statement

sys.stdout.write(statement(read_orders(sys.argv[1])))
