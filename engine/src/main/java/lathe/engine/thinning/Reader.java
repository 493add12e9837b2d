package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.channel.ChannelClasses.Channels;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;

/**
 * A layer whose weights mix channels.
 *
 * @param layer as the graph has it
 * @param inputs the class of each input channel, over all groups
 * @param outputs the class of each output channel
 * @param columns of each group's matrix, by class
 */
record Reader(Layer layer, int[] inputs, int[] outputs, List<SortedMap<Integer, int[]>> columns) {

    Reader(Layer layer, int[] inputs, int[] outputs) {
        this(layer, inputs, outputs, columns(layer, inputs));
    }

    /** All readers of a network. */
    record All(List<Reader> readers, BitSet unknown) {}

    /**
     * Finds the readers.
     *
     * @param layers of the graph
     * @return the readers, in graph order, and the classes that other nodes read with weights, about which nothing can be said
     */
    static All of(List<Layer> layers, ChannelClasses classes) {
        Map<Node, List<Layer>> byNode = layers.stream().collect(Collectors.groupingBy(Layer::node));
        List<Reader> readers = new ArrayList<>();
        BitSet unknown = new BitSet();
        for (Node node : classes.mixing()) {
            int[] inputs = classes(classes, node.inputs().get(0));
            int[] outputs = classes(classes, node.output());
            List<Layer> found = byNode.getOrDefault(node, List.of());
            if (found.size() == 1
                    && found.get(0).layout().inputs() == inputs.length
                    && found.get(0).rows() == outputs.length) {
                readers.add(new Reader(found.get(0), inputs, outputs));
            } else {
                Arrays.stream(inputs).forEach(unknown::set);
            }
        }
        return new All(readers, unknown);
    }

    private static int[] classes(ChannelClasses classes, String value) {
        return classes.of(value).map(Channels::classes).orElse(new int[0]);
    }

    private static List<SortedMap<Integer, int[]>> columns(Layer layer, int[] inputs) {
        int each = inputs.length / layer.groups();
        List<SortedMap<Integer, int[]>> columns = new ArrayList<>();
        for (int group = 0; group < layer.groups(); group++) {
            SortedMap<Integer, int[]> byClass = new TreeMap<>();
            for (int input = 0; input < each; input++) {
                int first = input * layer.taps();
                int[] taps = IntStream.range(first, first + layer.taps()).toArray();
                byClass.merge(
                        inputs[group * each + input],
                        taps,
                        (some, more) -> IntStream.concat(Arrays.stream(some), Arrays.stream(more))
                                .toArray());
            }
            columns.add(byClass);
        }
        return columns;
    }

    /**
     * Gives a layer other weights, and another bias where it takes one.
     *
     * @param weights as they are stored
     * @param bias one per output
     */
    static void write(Layer layer, float[] weights, float[] bias, GraphEdit edit) {
        Node node = layer.node();
        String stored = edit.putFresh(Initializer.ofFloats(
                        layer.weights().name(), weights, layer.weights().dims())
                .storedAs(layer.weights()));
        Optional<String> biasName = layer.site().takesBias()
                ? Optional.of(edit.putFresh(Initializer.ofFloats(
                        layer.bias().map(Initializer::name).orElse(layer.name() + "_bias"), bias, bias.length)))
                : Optional.empty();
        edit.replace(node, layer.site().rewired(edit.current(node), stored, biasName));
    }

    /** Bytes of the Gram matrix of each group. */
    long gramBytes() {
        return layer.gramBytes();
    }

    /** Input channels of a group. */
    int inputsPerGroup() {
        return inputs.length / layer.groups();
    }

    /**
     * For each input channel, a norm over the outputs that are kept of the absolute weights that read it, summed over taps: how
     * far the outputs move together if the channel moves by 1 at all taps.
     */
    double[] reach(Function<Integer, Boolean> keeps) {
        double[] squares = new double[inputs.length];
        int taps = layer.taps();
        for (int group = 0; group < layer.groups(); group++) {
            var weights = layer.matrices().get(group);
            for (int row = 0; row < weights.rows(); row++) {
                if (keeps.apply(group * layer.rowsPerGroup() + row)) {
                    for (int input = 0; input < inputsPerGroup(); input++) {
                        double sum = 0;
                        for (int tap = 0; tap < taps; tap++) {
                            sum += Math.abs(weights.at(row, input * taps + tap));
                        }
                        squares[group * inputsPerGroup() + input] += sum * sum;
                    }
                }
            }
        }
        return Arrays.stream(squares).map(Math::sqrt).toArray();
    }
}
