# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Changes bytes of valid models and compiles them: looks for crashes.

    python3 test/hostile/fuzz.py --sinter build/dev/bin/sinter --seed 1 --count 500 MODEL...

Each bad input that ends otherwise than with exit code 0, 2 or 3, or takes too long, is kept in the
current folder. What is found becomes a case of models.py.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff]


def mutated(data, chance):
    """A few bytes set, removed, repeated or exchanged."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] = chance.choice(INTERESTING)
        elif kind == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data[at] = (data[at] + chance.choice((-1, 1))) & 255
        elif kind == 3:
            end = at + chance.randint(1, 8)
            data[at:end] = data[at:end] * 2
        else:
            other = chance.randrange(len(data))
            data[at], data[other] = data[other], data[at]
    return bytes(data)


def verdict(sinter, path):
    """What is wrong with the end of the tool, or nothing."""
    try:
        done = subprocess.run([sinter, "compile", path, "-o", path.with_suffix(".so"), "--quiet",
                               "-j", "1"], capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return "timeout"
    if done.returncode in (0, 2, 3):
        return None
    return f"exit {done.returncode}: {done.stderr[-300:].decode(errors='replace')}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model.onnx")
        for number in range(options.count):
            source = chance.choice(options.models)
            data = mutated(source.read_bytes(), chance)
            path.write_bytes(data)
            if problem := verdict(options.sinter, path):
                found += 1
                kept = pathlib.Path(f"bad-{options.seed}-{number}.onnx")
                kept.write_bytes(data)
                print(f"{kept} (from {source}): {problem}", flush=True)
    print(f"{options.count} models, {found} bad ends")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
