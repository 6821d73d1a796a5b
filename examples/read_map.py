#!/usr/bin/env python3
"""Reads a map file (include/pushforward/io/archive.hpp has the bytes) and evaluates its network.

read_map.py FILE.map   prints how far the samples it computes are from those in the file."""
import struct, sys, zlib
import numpy as np

def value(f):
    number = {"i": "<i8", "u": "<u8", "f": "<f4", "d": "<f8"}
    u64, name = lambda: struct.unpack("<Q", f.read(8))[0], lambda: f.read(f.read(1)[0]).decode()
    tag = f.read(1).decode()
    if tag == "b": return f.read(1) == b"\1"
    if tag in number: return np.frombuffer(f.read(int(number[tag][2])), number[tag])[0]
    if tag == "s": return f.read(u64()).decode()
    if tag == "l": return [value(f) for _ in range(u64())]
    if tag == "o": return {"kind": name(), **{name(): value(f) for _ in range(u64())}}
    numbers, rows, columns = number[f.read(1).decode()], u64(), u64()
    data = f.read(rows * columns * int(numbers[2]))
    return np.frombuffer(data, numbers).reshape(columns, rows).T

def apply(map, x):
    if map["kind"] == "Compose": return apply(map["second"], apply(map["first"], x))
    if map["kind"] == "Standardize":
        shift, unit = map["shift"], map["unit"]
        return shift + unit * x if map["back"] else (x - shift) / unit
    if map["kind"] != "Mlp": sys.exit("read_map.py knows no " + map["kind"])
    act = {"Tanh": np.tanh, "Relu": lambda z: np.maximum(z, 0), "Linear": lambda z: z,
           "Logistic": lambda z: 1 / (1 + np.exp(-z)), "Softplus": lambda z: np.logaddexp(0, z),
           "Silu": lambda z: z / (1 + np.exp(-z)), "LeakyRelu": lambda z: np.maximum(z, z / 100)}
    sizes, theta = map["sizes"].ravel(), map["theta"].ravel()
    for l, (d, e) in enumerate(zip(sizes[:-1], sizes[1:])):
        w, b, theta = theta[: d * e], theta[d * e : d * e + e], theta[d * e + e :]
        last = l + 2 == len(sizes)
        x = act[map["output" if last else "hidden"]["kind"]](w.reshape(d, e).T @ x + b[:, None])
    return x

with open(sys.argv[1], "rb") as f:
    magic, major, _, _, kind, _, crc, _ = struct.unpack("<8sHHI16sQII", f.read(48))
    assert magic == b"\x89pfm\r\n\x1a\n" and major == 1 and kind.rstrip(b"\0") == b"map"
    assert zlib.crc32(f.read()) == crc
    f.seek(48)
    file = value(f)
gap = np.abs(apply(file["sampler"]["map"], file["inputs"]) - file["samples"]).max()
print(file["columns"], file["summary"].splitlines()[:1], f"gap {gap:.1e}")
sys.exit(int(gap > 1e-4 * np.abs(file["samples"]).max()))
