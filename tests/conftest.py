"""What all tests share: strict widgets, one thread, and the build scripts of notebooks/ importable."""

import os
import sys
from pathlib import Path

# Before NumPy is loaded, which reads the number of threads once.
os.environ.update(NBLIB_STRICT="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))
