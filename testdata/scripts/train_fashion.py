"""Trains fashion-resnet and fashion-mobilenet on Fashion-MNIST and exports each to ONNX twice.

    python3 train_fashion.py             trains both (or goes on with a cut run), then exports
    python3 train_fashion.py --time      only prints the time of 20 steps of each network
    python3 train_fashion.py fashion-resnet [--epochs 3]

Needs the Debian packages python3-torch and dataset-fashion-mnist. The networks are the weights after the
last epoch that was run: no epoch is chosen by its test accuracy. Checkpoints and raw exports go to target/fashion;
finish_fashion.py checks the exports and puts them among the resources.
"""

import argparse
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import fashion_data

WORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "fashion")
BATCH = 128
PAD = 2


# ---- the networks ---------------------------------------------------------------------------------------

def conv_bn(inputs, outputs, kernel, stride=1, groups=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs)]


class GlobalPool(nn.AdaptiveAvgPool2d):
    """One number a channel. In training by avg_pool2d: its gradient is 20 times faster on a CPU."""

    def __init__(self):
        super().__init__(1)

    def forward(self, x):
        return torch.flatten(functional.avg_pool2d(x, x.shape[2:]) if self.training else super().forward(x), 1)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions; the shortcut is a strided 1x1 convolution where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(inputs, outputs, 3, stride)
        self.conv2, self.bn2 = conv_bn(outputs, outputs, 3)
        changes = stride != 1 or inputs != outputs
        self.shortcut = nn.Sequential(*conv_bn(inputs, outputs, 1, stride)) if changes else None

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return functional.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class ResNet(nn.Module):
    """CIFAR-style ResNet: 28x28, 14x14 and 7x7 pixels, two blocks each."""

    def __init__(self, widths=(16, 32, 64), blocks=2):
        super().__init__()
        self.stem = nn.Sequential(*conv_bn(1, widths[0], 3), nn.ReLU())
        layers, inputs = [], widths[0]
        for stage, width in enumerate(widths):
            for block in range(blocks):
                layers.append(ResidualBlock(inputs, width, 2 if stage > 0 and block == 0 else 1))
                inputs = width
        self.blocks = nn.Sequential(*layers)
        self.pool = GlobalPool()
        self.classifier = nn.Linear(inputs, 10)

    def forward(self, x):
        return self.classifier(self.pool(self.blocks(self.stem(x))))


class InvertedResidual(nn.Module):
    """1x1 up, depthwise 3x3, linear 1x1 down; a plain Add around it where the shape stays."""

    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        up = [*conv_bn(inputs, hidden, 1), nn.ReLU6()] if expansion != 1 else []
        self.body = nn.Sequential(*up, *conv_bn(hidden, hidden, 3, stride, groups=hidden), nn.ReLU6(),
                                  *conv_bn(hidden, outputs, 1))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class MobileNet(nn.Module):
    """MobileNetV2 for 28x28 pixels; rows: expansion, outputs, repeats, first stride."""

    ROWS = ((1, 16, 1, 1), (3, 24, 2, 2), (4, 48, 3, 2), (4, 64, 2, 1))

    def __init__(self, stem=16, last=256):
        super().__init__()
        self.stem = nn.Sequential(*conv_bn(1, stem, 3), nn.ReLU6())
        layers, inputs = [], stem
        for expansion, outputs, repeats, stride in self.ROWS:
            for repeat in range(repeats):
                layers.append(InvertedResidual(inputs, outputs, stride if repeat == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*layers)
        self.head = nn.Sequential(*conv_bn(inputs, last, 1), nn.ReLU6())
        self.pool = GlobalPool()
        self.classifier = nn.Linear(last, 10)

    def forward(self, x):
        return self.classifier(self.pool(self.head(self.blocks(self.stem(x)))))


# name -> constructor, epochs of the learning rate schedule, epochs run, highest learning rate, weight decay.
# The MobileNet files in the repository were cut two epochs before the end of their schedule, for lack of time.
NETWORKS = {
    "fashion-resnet": (ResNet, 12, 12, 0.15, 5e-4),
    "fashion-mobilenet": (MobileNet, 15, 13, 0.15, 2e-4),
}


# ---- training -------------------------------------------------------------------------------------------

def augmented(images, generator):
    """Random shift by up to PAD pixels and random mirroring, both per image. images: N x 1 x 28 x 28."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (PAD, PAD, PAD, PAD), value=-fashion_data.MEAN / fashion_data.STD)
    top = torch.randint(0, 2 * PAD + 1, (count, 1), generator=generator)
    left = torch.randint(0, 2 * PAD + 1, (count, 1), generator=generator)
    mirror = torch.rand((count, 1), generator=generator) < 0.5
    rows = top + torch.arange(height)
    columns = torch.where(mirror, torch.arange(width - 1, -1, -1), torch.arange(width)) + left
    return padded[torch.arange(count)[:, None, None], 0, rows[:, :, None], columns[:, None, :]][:, None]


def build(name):
    torch.manual_seed(20110905)
    constructor, planned, epochs, rate, decay = NETWORKS[name]
    network = constructor()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network.to(memory_format=torch.channels_last), planned, epochs, rate, decay


def optimizer_of(network, rate, decay):
    """Decay on weights only, not on biases and batch norm parameters."""
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return torch.optim.SGD([{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}],
                           lr=rate, momentum=0.9, nesterov=True)


def accuracy(network, images, labels):
    """Correct answers in percent, over all images and over the first 2000."""
    network.eval()
    with torch.no_grad():
        hits = torch.cat([network(part).argmax(1) for part in images.split(500)]) == labels
    return 100 * hits.float().mean().item(), 100 * hits[:2000].float().mean().item()


def train(name, epochs_wanted, only_time):
    network, planned, epochs, rate, decay = build(name)
    if epochs_wanted:
        planned = epochs = epochs_wanted
    optimizer = optimizer_of(network, rate, decay)
    parameters = sum(p.numel() for p in network.parameters())
    print(f"{name}: {parameters} parameters, {epochs} epochs", flush=True)

    images, labels = fashion_data.train()
    images, labels = torch.from_numpy(fashion_data.normalised(images)), torch.from_numpy(labels.astype(np.int64))
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, planned * steps, pct_start=0.2,
                                                   div_factor=10, final_div_factor=1000)
    generator = torch.Generator().manual_seed(1)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)

    checkpoint, first = os.path.join(WORK, name + ".checkpoint"), 0
    if os.path.exists(checkpoint) and not only_time:
        state = torch.load(checkpoint)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"])
        first = state["epoch"]
        print(f"{name}: going on after epoch {first}", flush=True)

    test_images, test_labels = fashion_data.test()
    test_images = torch.from_numpy(fashion_data.normalised(test_images))
    test_labels = torch.from_numpy(test_labels.astype(np.int64))
    for epoch in range(first, epochs):
        started, total = time.time(), 0.0
        network.train()
        order = torch.randperm(len(images), generator=generator)
        for step in range(20 if only_time else steps):
            chosen = order[step * BATCH:(step + 1) * BATCH]
            batch = augmented(images[chosen], generator).contiguous(memory_format=torch.channels_last)
            loss = loss_of(network(batch), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        if only_time:
            print(f"{name}: {(time.time() - started) / 20 * steps:.0f} s an epoch")
            return None
        whole, first_2000 = accuracy(network, test_images, test_labels)
        print(f"{name}: epoch {epoch + 1}/{epochs} loss {total / steps:.4f} test {whole:.2f} % "
              f"first 2000 {first_2000:.2f} % {time.time() - started:.0f} s", flush=True)
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(),
                 "schedule": schedule.state_dict(), "generator": generator.get_state(), "epoch": epoch + 1}
        torch.save(state, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
    return network


# ---- export ---------------------------------------------------------------------------------------------

def export(name, network):
    """NAME.onnx keeps its BatchNormalization nodes; NAME-folded.onnx has them folded by the exporter."""
    network = network.eval().to(memory_format=torch.contiguous_format)
    for suffix, mode, folding in (("", torch.onnx.TrainingMode.PRESERVE, False),
                                  ("-folded", torch.onnx.TrainingMode.EVAL, True)):
        path = os.path.join(WORK, name + suffix + ".onnx")
        torch.onnx.export(network, torch.zeros(1, 1, 28, 28), path, opset_version=13, training=mode,
                          do_constant_folding=folding, input_names=["image"], output_names=["logits"],
                          dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}})
        print(f"{path}: {os.path.getsize(path)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", help="all if none is named: " + ", ".join(NETWORKS))
    parser.add_argument("--epochs", type=int, default=0, help="instead of the network's own number")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--time", action="store_true", help="only measure 20 steps")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    os.makedirs(WORK, exist_ok=True)
    for name in options.networks or NETWORKS:
        network = train(name, options.epochs, options.time)
        if network is not None:
            export(name, network)


if __name__ == "__main__":
    main()
