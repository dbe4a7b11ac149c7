"""Import and start times, as ratios within one run: python tests/benchmarks/bench_start.py"""

import statistics
import subprocess
import sys
import time

IMPORTS = [
    "import numpy",
    "import nblib",
    "from nblib import datasets, training, checks",
    "from nblib import autograd, nn, optim",
    "from nblib import plots",
    "from nblib import widgets",
    "import torch",
]


def seconds(code):
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def main(rounds=9):
    times = {code: [] for code in ["pass", *IMPORTS]}
    for _ in range(rounds):  # interleaved, so that a busy moment hits all alike
        for code in times:
            times[code].append(seconds(code))
    bare = statistics.median(times.pop("pass"))
    numpy = statistics.median(times["import numpy"]) - bare
    print("| | × the time of `import numpy` |\n|---|---|")
    for code, values in times.items():
        print(f"| `{code}` | {(statistics.median(values) - bare) / numpy:.2f} |")


if __name__ == "__main__":
    main()
