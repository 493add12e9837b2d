package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

/**
 * The law that no 8-bit kernel overflows, read from the codes of a file or of the graph that ONNX Runtime makes of it: the
 * products of inputs 2i and 2i + 1, in the order kernel rows, kernel columns, channels, fit 16 bits together for any
 * activations.
 */
final class KernelSums {

    private static final int LARGEST_UINT8 = 255;

    private int layers;

    private KernelSums() {}

    /** Checks all layers whose inputs and weights are integers; returns how many there were. */
    static int assertFit16Bits(Graph graph) {
        KernelSums sums = new KernelSums();
        graph.nodes().forEach(node -> sums.check(graph, node));
        return sums.layers;
    }

    private void check(Graph graph, Node node) {
        Optional<Initializer> codes = switch (node.opType()) {
            case "Conv", "Gemm", "MatMul" ->
                dequantized(graph, node, 0)
                                .flatMap(input ->
                                        graph.constant(input, 0).isEmpty() ? Optional.of(input) : Optional.empty())
                                .isPresent()
                        ? dequantized(graph, node, 1)
                                .flatMap(weights ->
                                        source(graph, weights.inputs().get(0)))
                        : Optional.empty();
            case "QLinearConv", "QGemm", "QLinearMatMul" -> graph.constant(node, 3);
            case "MatMulInteger", "MatMulIntegerToFloat" -> graph.constant(node, 1);
            default -> Optional.empty();
        };
        codes.filter(tensor -> tensor.type() == ElementType.INT8)
                .filter(tensor -> !isDepthwise(node, tensor))
                .ifPresent(tensor -> check(node, tensor, largestActivation(graph, node)));
    }

    private static Optional<Node> dequantized(Graph graph, Node node, int input) {
        return graph.producer(node.inputs().get(input))
                .filter(producer -> producer.is("DequantizeLinear"))
                .filter(producer -> graph.constant(producer, 1)
                        .filter(scale -> input == 1 || scale.elements() == 1)
                        .isPresent());
    }

    private static Optional<Initializer> source(Graph graph, String value) {
        Optional<Node> reshape = graph.producer(value);
        return reshape.isPresent() ? source(graph, reshape.get().inputs().get(0)) : graph.constant(value);
    }

    /** Codes of fewer than 8 bits are held by a Clip. */
    private static int largestActivation(Graph graph, Node node) {
        Optional<Node> dequantize =
                graph.producer(node.inputs().get(0)).filter(reader -> reader.is("DequantizeLinear"));
        String codes = dequantize.orElse(node).inputs().get(0);
        return graph.producer(codes)
                .filter(clip -> clip.is("Clip"))
                .flatMap(clip -> graph.constant(clip, 2))
                .map(most -> most.codes()[0] & 0xff)
                .orElse(LARGEST_UINT8);
    }

    private static boolean isDepthwise(Node node, Initializer weights) {
        long groups = node.integer("group").orElse(1);
        return node.opType().endsWith("Conv")
                && groups > 1
                && weights.dims().get(1) == 1
                && weights.dims().get(0) == groups;
    }

    private void check(Node node, Initializer weights, int largestActivation) {
        layers++;
        byte[] codes = weights.codes();
        boolean conv = node.opType().endsWith("Conv");
        boolean rowsFirst = conv || node.integer("transB").orElse(0) != 0;
        int rows = weights.dims().get(rowsFirst ? 0 : 1).intValue();
        int cols = codes.length / rows;
        int channels = conv ? weights.dims().get(1).intValue() : cols;
        int taps = cols / channels;
        for (int row = 0; row < rows; row++) {
            int[] inOrder = new int[cols];
            for (int col = 0; col < cols; col++) {
                int place = col % taps * channels + col / taps;
                inOrder[place] = codes[rowsFirst ? row * cols + col : col * rows + row];
            }
            for (int i = 0; i + 1 < cols; i += 2) {
                int most = largestActivation * (Math.max(0, inOrder[i]) + Math.max(0, inOrder[i + 1]));
                int least = largestActivation * (Math.min(0, inOrder[i]) + Math.min(0, inOrder[i + 1]));
                int pair = i;
                assertTrue(
                        most <= Short.MAX_VALUE && least >= Short.MIN_VALUE,
                        () -> "%s: inputs %d and %d of an output weigh %d and %d"
                                .formatted(node, pair, pair + 1, inOrder[pair], inOrder[pair + 1]));
            }
        }
    }
}
