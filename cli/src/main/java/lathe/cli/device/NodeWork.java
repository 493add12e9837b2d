package lathe.cli.device;

import java.util.EnumMap;
import java.util.Map;
import lathe.engine.graph.Node;

/**
 * What a node does in a run, as far as its time depends on it.
 *
 * @param name of the node, or of its output where it has none; empty for the run as a whole
 * @param integer true if it computes with 8-bit integers
 * @param macs multiplications, each with an addition
 * @param read elements of its inputs, without those that are constant
 * @param written elements of its outputs
 * @param weights elements of its constant inputs
 * @param gathered elements that a convolution of several positions copies next to each other
 * @param inputs channels that an output of a convolution reads, else 0
 * @param outputs channels that a convolution writes, else 0
 */
public record NodeWork(
        String name,
        String opType,
        NodeKind kind,
        boolean integer,
        double macs,
        double read,
        double written,
        double weights,
        double gathered,
        long inputs,
        long outputs) {

    /** Channels that float kernels take together, with zeros in place of those that are missing. */
    private static final int BLOCK = 16;

    /** Float kernels of convolutions with another number of channels than a multiple of this are slower. */
    private static final int EVEN = 4;

    /** A node's name, or that of its output where it has none. */
    public static String name(Node node) {
        return node.name().isEmpty() ? node.output() : node.name();
    }

    /** A run that feeds and takes so many elements. */
    static NodeWork ofRun(double fed, double taken) {
        return new NodeWork("", "", NodeKind.RUN, false, 0, fed, taken, 0, 0, 0, 0);
    }

    /** A convolution in float whose channels do not fit the blocks of its kernels. */
    private boolean isOdd() {
        boolean few = kind == NodeKind.DEPTHWISE || inputs < BLOCK;
        return !integer && kind.isConvolution() && (outputs % EVEN != 0 || (!few && inputs % EVEN != 0));
    }

    /** The nodes that share its coefficients, as a profile names them. */
    String group() {
        return kind == NodeKind.RUN
                ? kind.text()
                : kind.text() + (integer ? " int8" : " float") + (isOdd() ? " odd" : "");
    }

    /** What its time is a sum of. */
    Map<Feature, Double> features() {
        Map<Feature, Double> features = new EnumMap<>(Feature.class);
        features.put(Feature.NODE, 1.0);
        if (kind == NodeKind.VIEW) {
            return features;
        }
        boolean blocks = kind.isConvolution() && !isOdd();
        double outer = blocks ? filled((double) outputs) : 1;
        double inner = !blocks || integer || inputs < BLOCK ? 1 : filled((double) inputs);
        features.put(Feature.WRITTEN, written * (integer ? 1 : outer));
        if (kind.multiplies() || kind == NodeKind.POOL || kind == NodeKind.RUN) {
            features.put(Feature.READ, read * inner);
        }
        if (kind.multiplies()) {
            features.put(Feature.MAC, macs * outer * inner);
            features.put(Feature.WEIGHT, weights);
        }
        if (gathered > 0) {
            features.put(Feature.GATHERED, gathered);
        }
        return features;
    }

    private static double filled(double channels) {
        return Math.ceil(channels / BLOCK) * BLOCK / channels;
    }
}
