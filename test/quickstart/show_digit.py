# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""show_digit.py IMAGE.npy PROBABILITIES.npy: an 8 x 8 image in characters, and its most probable class."""
import pathlib
import sys

import numpy as np

image, (probabilities,) = np.load(sys.argv[1])[0, 0], np.load(sys.argv[2])
for row in image:
    print("  " + "".join(" .:-=+*#%@"[min(int(10 * value), 9)] * 2 for value in row))
best = probabilities.argmax()
print(f"{pathlib.Path(sys.argv[1]).name} is a {best} ({probabilities[best]:.1%})")
