"""`python -m comity.spark` audits a table of Spark; `spark-submit` takes this file too."""

import sys

from comity.spark.submit import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
