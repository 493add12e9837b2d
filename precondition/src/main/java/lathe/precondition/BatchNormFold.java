package lathe.precondition;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.LayerChannels;
import lathe.engine.operator.Operators;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.tensor.ElementType;

/**
 * Folds BatchNormalization into the Conv, ConvTranspose or Gemm whose output only it reads: with f = γ / sqrt(σ² + ε),
 * weights and bias of each output channel are multiplied by f, and β - f μ is added to the bias (Jacob et al., arXiv
 * 1712.05877, section 3.2). The value that the BatchNormalization wrote keeps its name and gets the statistics it had
 * in training: mean β and deviation |γ| sqrt(σ² / (σ² + ε)), which is |γ| but for channels that hardly vary.
 *
 * <p>Left alone, with the reason in the result: one without such a producer, in training mode, with statistics that
 * are not constant, or whose producer shares its weights with other nodes. Immutable and thread-safe.
 */
final class BatchNormFold implements GraphPass {

    @Override
    public String name() {
        return "batch-norm-fold";
    }

    /** @throws UnsupportedModelException if a variance is negative, and epsilon does not make up for it */
    @Override
    public Result apply(Graph graph) {
        GraphEdit edit = graph.edit();
        List<String> changes = new ArrayList<>();
        int folded = 0;
        for (Node node : graph.nodes()) {
            if (!node.is("BatchNormalization")) {
                continue;
            }
            Optional<String> obstacle = obstacle(graph, node);
            if (obstacle.isPresent()) {
                changes.add("BatchNormalization '%s' is not folded: %s".formatted(label(node), obstacle.get()));
            } else {
                checkVariance(node, graph.constant(node, 4).orElseThrow());
                fold(graph, edit, graph.producer(node.inputs().get(0)).orElseThrow(), node);
                folded++;
            }
        }
        if (folded > 0) {
            changes.add(0, "folded %d BatchNormalization%s".formatted(folded, folded == 1 ? "" : "s"));
        }
        return new Result(edit.build(), changes);
    }

    private static String label(Node node) {
        return node.name().isEmpty() ? node.output() : node.name();
    }

    private static Optional<String> obstacle(Graph graph, Node norm) {
        boolean writesStatistics = norm.outputs().stream().skip(1).anyMatch(output -> !output.isEmpty());
        if (norm.integer("training_mode").orElse(0) != 0 || writesStatistics) {
            return Optional.of("it is in training mode");
        }
        for (int input = 1; input <= 4; input++) {
            if (floats(graph, norm, input).isEmpty()) {
                return Optional.of("its statistics are not constant FLOAT tensors");
            }
        }
        Optional<Node> producer = graph.producer(norm.inputs().get(0));
        if (producer.flatMap(Operators::withBias).isEmpty()) {
            return Optional.of("no Conv, ConvTranspose or Gemm comes before it");
        }
        Node layer = producer.get();
        if (graph.soleConsumer(layer.output()).isEmpty()) {
            return Optional.of("the output of '%s' is also read elsewhere".formatted(label(layer)));
        }
        long channels = floats(graph, norm, 1).orElseThrow().elements();
        for (int input = 2; input <= 4; input++) {
            if (floats(graph, norm, input).orElseThrow().elements() != channels) {
                return Optional.of("its statistics differ in length");
            }
        }
        if (LayerChannels.of(graph, layer).filter(l -> l.outputs() == channels).isEmpty()) {
            return Optional.of("'%s' has no constant FLOAT weights and bias that fit".formatted(label(layer)));
        }
        if (graph.consumers(layer.inputs().get(1)).size() > 1) {
            return Optional.of("'%s' shares its weights".formatted(label(layer)));
        }
        return Optional.empty();
    }

    /** Of a negative variance there is no root: whatever the network is fed, it computes NaN then. */
    private static void checkVariance(Node norm, Initializer variance) {
        double epsilon = norm.real("epsilon", 1e-5f);
        float[] values = variance.floats();
        for (int c = 0; c < values.length; c++) {
            if (!(values[c] + epsilon > 0)) {
                throw new UnsupportedModelException(
                        ("BatchNormalization '%s': its variance '%s' is %s in channel %d, from"
                                        + " which the network computes NaN; make it 0 or more, or train and export it again")
                                .formatted(label(norm), variance.name(), values[c], c));
            }
        }
    }

    private static Optional<Initializer> floats(Graph graph, Node node, int input) {
        return graph.constant(node, input).filter(constant -> constant.type() == ElementType.FLOAT);
    }

    private static void fold(Graph graph, GraphEdit edit, Node layer, Node norm) {
        float[] gamma = graph.constant(norm, 1).orElseThrow().floats();
        float[] beta = graph.constant(norm, 2).orElseThrow().floats();
        float[] mean = graph.constant(norm, 3).orElseThrow().floats();
        float[] variance = graph.constant(norm, 4).orElseThrow().floats();
        double epsilon = norm.real("epsilon", 1e-5f);
        int channels = gamma.length;
        double[] scale = new double[channels];
        double[] shift = new double[channels];
        float[] deviation = new float[channels];
        for (int c = 0; c < channels; c++) {
            scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
            shift[c] = beta[c] - scale[c] * mean[c];
            deviation[c] = (float) (Math.abs(scale[c]) * Math.sqrt(Math.max(0, variance[c])));
        }
        LayerChannels.of(graph, layer).orElseThrow().withOutputs(scale, shift).writeTo(edit);
        edit.replace(layer, edit.current(layer).withOutputs(List.of(norm.output())));
        edit.remove(norm);
        edit.statistics(norm.output(), new ChannelStatistics(beta, deviation));
    }
}
