package lathe.cli.device;

import java.util.List;
import java.util.Random;
import lathe.cli.device.RunMeasurement.Given;

/**
 * Small networks of the blocks that image networks are made of, with random sizes: stems, residual, inverted residual,
 * separable and fire blocks, squeeze-and-excitation, upsampling, joined and pooled branches, heads, and blocks of matrix products. Of the widths, a
 * fifth is a multiple of nothing, as channels are that pruning left. The same seed gives the same networks.
 */
final class RandomNetworks {

    /** A network is built anew where it has more multiplications than this. */
    private static final double MOST_MACS = 1.2e8;

    private static final long MIX = 0x9E3779B97F4A7C15L;

    private static final int LEAST_WIDTH = 8;

    private static final int[] EXTENTS = {7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 112};

    private final long seed;
    private Random random = new Random();

    /** A sequence of networks. Not thread-safe. */
    RandomNetworks(long seed) {
        this.seed = seed;
    }

    /** One of them: one input of a fixed shape, one output. */
    Given network(int index) {
        random = new Random(MIX * seed + index);
        while (true) {
            NetworkBuilder network = build(index);
            if (network.macs() <= MOST_MACS) {
                return network.build();
            }
        }
    }

    private NetworkBuilder build(int kind) {
        return switch (kind % 13) {
            case 0 -> stem();
            case 1, 2, 3 -> chain(Block.INVERTED);
            case 4, 5 -> chain(Block.RESIDUAL);
            case 6 -> chain(Block.SEPARABLE);
            case 7 -> chain(Block.FIRE);
            case 8 -> chain(Block.EXCITATION);
            case 9 -> chain(Block.UPSAMPLING);
            case 10 -> chain(Block.JOINING);
            case 11 -> head();
            default -> products();
        };
    }

    private enum Block {
        INVERTED,
        RESIDUAL,
        SEPARABLE,
        FIRE,
        EXCITATION,
        UPSAMPLING,
        JOINING
    }

    private NetworkBuilder stem() {
        int extent = List.of(32, 64, 96, 128, 160, 192, 224).get(random.nextInt(7));
        NetworkBuilder network = new NetworkBuilder(random, 1, random.nextInt(4) == 0 ? 4 : 3, extent, extent);
        network.convolution(width(8, 64), random.nextInt(8) == 0 ? 7 : 3, extent > 64 ? 2 : 1)
                .clip();
        int more = random.nextInt(3);
        if (more == 1) {
            network.pool("MaxPool", 3, 2);
        } else if (more == 2) {
            network.depthwise(3, 1).clip().convolution(width(8, 64), 1, 1);
        }
        return network;
    }

    private NetworkBuilder chain(Block block) {
        int extent = EXTENTS[random.nextInt(EXTENTS.length)];
        int most = Math.max(2 * LEAST_WIDTH, Math.min(512, 4096 / extent));
        NetworkBuilder network = new NetworkBuilder(random, 1, width(LEAST_WIDTH, most), extent, extent);
        int blocks = 1 + random.nextInt(4);
        for (int i = 0; i < blocks; i++) {
            int out = random.nextBoolean() ? network.channels() : width(LEAST_WIDTH, most);
            int stride = network.extent() >= 14 && random.nextInt(4) == 0 ? 2 : 1;
            switch (block) {
                case INVERTED -> inverted(network, out, stride);
                case RESIDUAL -> residual(network, out, stride);
                case SEPARABLE ->
                    network.depthwise(3, stride).clip().convolution(out, 1, 1).clip();
                case FIRE ->
                    network.convolution(Math.max(LEAST_WIDTH, out / 4), 1, 1)
                            .clip()
                            .fork(
                                    side -> side.convolution(out / 2, 1, 1).clip(),
                                    side -> side.convolution(out / 2, 3, 1).clip());
                case EXCITATION -> {
                    network.convolution(out, random.nextBoolean() ? 1 : 3, stride)
                            .clip();
                    network.excitation(Math.max(LEAST_WIDTH, out / 4));
                }
                case JOINING -> {
                    network.convolution(Math.max(LEAST_WIDTH, out / 4), 1, 1).clip();
                    network.fork(side -> {}, side -> {}).fork(side -> {}, side -> {});
                    if (random.nextInt(3) == 0) {
                        network.function();
                    }
                    if (network.extent() >= 14) {
                        network.pool(random.nextBoolean() ? "MaxPool" : "AveragePool", 2 + random.nextInt(2), 2);
                    }
                }
                default -> {
                    network.convolution(out, 3, 1).clip();
                    if (network.extent() <= 56 && i == 0) {
                        network.upsample(random.nextInt(3));
                    }
                    if (network.channels() % 16 == 0) {
                        network.grouped(network.channels() / 16).clip();
                    }
                    network.convolution(out, 1, 1).clip();
                }
            }
        }
        if (random.nextInt(4) == 0) {
            network.channelsLast();
        }
        return network;
    }

    private void inverted(NetworkBuilder network, int out, int stride) {
        int expanded = (1 + random.nextInt(6)) * network.channels();
        int kernel = random.nextInt(4) == 0 ? 5 : 3;
        boolean adds = stride == 1 && out == network.channels();
        network.around(
                adds,
                inside -> inside.convolution(expanded, 1, 1)
                        .clip()
                        .depthwise(kernel, stride)
                        .clip()
                        .convolution(out, 1, 1));
    }

    private static void residual(NetworkBuilder network, int out, int stride) {
        boolean adds = stride == 1 && out == network.channels();
        network.around(adds, inside -> inside.convolution(out, 3, stride).clip().convolution(out, 3, 1));
        network.clip();
    }

    /** What stands behind the last convolution of a classifier, or a perceptron. */
    private NetworkBuilder head() {
        if (random.nextInt(3) == 0) {
            NetworkBuilder network = new NetworkBuilder(random, 1, width(32, 1024));
            for (int i = random.nextInt(4); i >= 0; i--) {
                network.product(width(16, 1024)).clip();
            }
            return network;
        }
        int extent = 4 + random.nextInt(11);
        NetworkBuilder network = new NetworkBuilder(random, 1, width(32, 512), extent, extent);
        network.convolution(width(64, 1280), 1, 1).clip();
        network.pool("GlobalAveragePool", 0, 0).flatten();
        return network.product(width(10, 1000));
    }

    /** Perceptrons over a sequence of tokens, each added to its input. */
    private NetworkBuilder products() {
        int width = 4 * width(8, 96);
        NetworkBuilder network = new NetworkBuilder(random, 1, 8 + random.nextInt(190), width);
        int hidden = (1 + random.nextInt(4)) * width;
        for (int i = random.nextInt(3); i >= 0; i--) {
            network.around(true, inside -> inside.product(hidden).function().product(width));
            network.heads(4);
        }
        return network;
    }

    /** Logarithmically uniform; half are multiples of 16, others of 8, of 4 or of nothing. */
    private int width(int least, int most) {
        double width = least * Math.pow((double) most / least, random.nextDouble());
        int multiple = List.of(16, 16, 16, 8, 4, 1).get(random.nextInt(6));
        return Math.max(least, (int) Math.round(width / multiple) * multiple);
    }
}
