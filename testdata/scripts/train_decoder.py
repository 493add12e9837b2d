"""Trains toy-decoder, a causal language model of two layers, on documentation of Python's standard library.

    python3 train_decoder.py [--steps 1600]

Needs CPython 3.11 (its text is the data: pydoc_data.topics and the docstrings of the standard library) and PyTorch 2. Writes
weights and tokens to target/decoder; finish_decoder.py makes the resources of them. The weights are those after the last step.
"""

import argparse
import ast
import collections
import hashlib
import math
import os
import pathlib
import re
import sysconfig
import time

import numpy as np
import pydoc_data.topics
import torch
from torch import nn
from torch.nn import functional

WORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "decoder")
VOCABULARY, CONTEXT, WIDTH, HEADS, LAYERS, BATCH = 512, 128, 64, 4, 2, 16
END = 0  # of a text; the id of the byte 0, which no text holds


# ---- text and tokens ------------------------------------------------------------------------------------

def texts():
    """Topics of the language reference and docstrings of 200 characters and more, white space made single."""
    found = list(pydoc_data.topics.topics.values())
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    for file in sorted(library.rglob("*.py")):
        parts = file.relative_to(library).parts
        if not {"site-packages", "test", "tests", "idlelib", "lib2to3", "pydoc_data", "idle_test"} & set(parts):
            tree = ast.parse(file.read_bytes())
            nodes = (n for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef)))
            found += [d for d in map(ast.get_docstring, nodes) if d and len(d) >= 200]
    return [re.sub(r" +", " ", re.sub(r"\s*\n\s*", "\n", re.sub(r"\n\s*\n", "\n\n", t))) for t in found]


def merges(words):
    """The pairs of tokens that byte-pair encoding joins, in order (Sennrich et al., arXiv 1508.07909), bytes to start with."""
    pieces, joined = {w: list(w.encode()) for w in words}, []
    while len(joined) < VOCABULARY - 256:
        pairs = collections.Counter()
        for word, ids in pieces.items():
            for pair in zip(ids, ids[1:]):
                pairs[pair] += words[word]
        best = max(pairs, key=lambda p: (pairs[p], -p[0], -p[1]))
        joined.append(best)
        pieces = {w: join(ids, best, 255 + len(joined)) for w, ids in pieces.items()}
    return joined


def join(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        here = i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair
        out.append(new if here else ids[i])
        i += 2 if here else 1
    return out


def tokens(text, pairs, cache):
    for word in re.findall(r"\s?\S+|\s", text):
        if word not in cache:
            ids = list(word.encode())
            for n, pair in enumerate(pairs):
                ids = join(ids, pair, 256 + n)
            cache[word] = ids
        yield from cache[word]
    yield END


# ---- the network ----------------------------------------------------------------------------------------

class Block(nn.Module):
    """Pre-norm attention and a GELU layer, as GPT-2 has them (Radford et al. 2019)."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, mask):
        heads = self.qkv(self.norm1(x)).unflatten(2, (3, HEADS, WIDTH // HEADS)).permute(2, 0, 3, 1, 4)
        q, k, v = heads[0], heads[1], heads[2]
        scores = q @ k.transpose(2, 3) / math.sqrt(WIDTH // HEADS) + mask
        x = x + self.out((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.05)

    def forward(self, input_ids, attention_mask, position_ids):
        length = input_ids.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool).tril()
        seen = causal[None, None] & (attention_mask[:, None, None, :] > 0)
        mask = torch.where(seen, 0.0, -1e9)
        x = self.tokens(input_ids) + self.positions(position_ids)
        for block in self.blocks:
            x = block(x, mask)
        return self.head(self.norm(x))


def train(ids, steps):
    torch.manual_seed(1)
    model, draw = Decoder(), np.random.default_rng(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: 4e-3 * min(1, s / 200) * (0.02 + 0.98 * (1 + math.cos(math.pi * s / steps)) / 2))
    mask, positions, begun = torch.ones(BATCH, CONTEXT), torch.arange(CONTEXT).expand(BATCH, -1), time.time()
    for step in range(steps):
        rows = np.stack([ids[s:s + CONTEXT + 1] for s in draw.integers(0, len(ids) - CONTEXT, BATCH)])
        batch = torch.from_numpy(rows.astype(np.int64))
        logits = model(batch[:, :-1], mask, positions)
        loss = functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 200 == 199:
            print(f"step {step + 1}: loss {loss.item():.3f}, {time.time() - begun:.0f} s", flush=True)
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1600)
    steps = parser.parse_args().steps
    os.makedirs(WORK, exist_ok=True)
    documents = texts()
    order = np.random.default_rng(0).permutation(len(documents))
    held = set(order[:len(order) // 20].tolist())
    words = collections.Counter()
    for i, text in enumerate(documents):
        if i not in held:
            words.update(re.findall(r"\s?\S+|\s", text))
    pairs, cache = merges(words), {}
    ids = {part: np.concatenate([list(tokens(documents[i], pairs, cache)) for i in order if (i in held) == (part == "heldout")])
           for part in ("train", "heldout")}
    print({part: len(found) for part, found in ids.items()},
          hashlib.sha256("\0".join(documents).encode()).hexdigest())
    np.savez(os.path.join(WORK, "tokens.npz"), pairs=pairs, **ids)
    model = train(ids["train"], steps)
    torch.save(model.state_dict(), os.path.join(WORK, "decoder.pt"))


if __name__ == "__main__":
    main()
