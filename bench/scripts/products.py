"""Times networks beside the first one, in processor milliseconds of one thread, by number of tokens.

    products.py MODEL OTHER...

Each is run on the same random words, ten rounds in turn; the least of the rounds counts, and behind it stands its multiple of the
first network's. Inputs are those of an encoder of sentences: input_ids, attention_mask and, where there are, token_type_ids.
"""
import sys
import time

import numpy as np
import onnxruntime

WORDS = (1000, 29000)


def session(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options)


def seconds(network, feed):
    start = time.process_time()
    for _ in range(3):
        network.run(None, feed)
    return (time.process_time() - start) / 3


def main(*models):
    networks = [session(model) for model in models]
    words = np.random.default_rng(0)
    for tokens in (8, 16, 32, 64, 128):
        ids = words.integers(*WORDS, (1, tokens))
        values = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        feeds = [{i.name: values[i.name] for i in network.get_inputs()} for network in networks]
        rounds = [[seconds(network, feed) for network, feed in zip(networks, feeds)] for _ in range(11)]
        least = np.min(rounds[1:], axis=0)
        times = " | ".join(f"{1e3 * t:.1f} ({t / least[0]:.2f})" for t in least)
        print(f"| {tokens} | {times} |")


main(*sys.argv[1:])
