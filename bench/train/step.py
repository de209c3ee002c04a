"""The training step of `transformerStep` in PyTorch: the same architecture, optimiser, parameters and batch.

step.py TENSORS CONFIG: TENSORS holds float32 parameters, then x and target, one after another; CONFIG is JSON with their
names and shapes. Each line on standard input asks for that many steps; the answer is one line of JSON: the seconds of
each step, and the loss of the last.
"""

import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

EPSILON = 1e-6


def read_tensors(path, entries):
    numbers = torch.from_numpy(np.fromfile(path, dtype=np.float32))
    sizes = [math.prod(shape) for _, shape in entries]
    parts = numbers.split(sizes)
    return {name: part.reshape(shape).clone() for (name, shape), part in zip(entries, parts)}


def norm(x):
    return F.rms_norm(x, x.shape[-1:], eps=EPSILON)


def rotary(frames, width):
    half = width // 2
    angles = torch.arange(frames, dtype=torch.float64)[:, None] * 10_000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    return torch.cos(angles).float(), torch.sin(angles).float()


def rotate(x, tables):
    cos, sin = tables
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def attention(params, name, x, heads, tables=None):
    """x [sequences, length, D]; with rotary tables the attention is causal."""
    rows, length, _ = x.shape
    qkv = norm(x) @ params[f"{name}.qkv.weight"]
    queries, keys, values = qkv.view(rows, length, 3, heads, -1).permute(2, 0, 3, 1, 4)
    queries, keys = norm(queries), norm(keys)
    if tables is not None:
        queries, keys = rotate(queries, tables), rotate(keys, tables)
    mixed = F.scaled_dot_product_attention(queries, keys, values, is_causal=tables is not None)
    return mixed.transpose(1, 2).reshape(rows, length, -1) @ params[f"{name}.out.weight"]


def block(params, name, x, heads, tables):
    b, t, n, d = x.shape
    x = x + attention(params, f"{name}.spatial", x.reshape(b * t, n, d), heads).reshape(b, t, n, d)
    over_time = x.transpose(1, 2).reshape(b * n, t, d)
    x = x + attention(params, f"{name}.temporal", over_time, heads, tables).reshape(b, n, t, d).transpose(1, 2)
    hidden = F.relu(norm(x) @ params[f"{name}.feedForward.up.weight"]).square()
    return x + hidden @ params[f"{name}.feedForward.down.weight"]


def main():
    with open(sys.argv[2]) as file:
        config = json.load(file)
    torch.set_num_threads(config["threads"])
    torch.set_flush_denormal(True)
    tensors = read_tensors(sys.argv[1], config["tensors"])
    x, target = tensors.pop("x"), tensors.pop("target")
    params = {name: value.requires_grad_() for name, value in tensors.items()}
    adam = torch.optim.AdamW(params.values(), lr=config["learningRate"], betas=(0.9, 0.95), eps=1e-8, weight_decay=1e-4, fused=True)
    tables = rotary(x.shape[1], x.shape[3] // config["numHeads"])

    def step():
        adam.zero_grad(set_to_none=True)
        y = x
        for i in range(config["numBlocks"]):
            y = block(params, f"transformer.blocks.{i}", y, config["numHeads"], tables)
        loss = F.mse_loss(norm(y), target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params.values(), 1.0, foreach=True)
        adam.step()
        return loss.item()

    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        seconds, loss = [], math.nan
        for _ in range(int(line)):
            began = time.perf_counter()
            loss = step()
            seconds.append(time.perf_counter() - began)
        print(json.dumps({"seconds": seconds, "loss": loss}), flush=True)


main()
