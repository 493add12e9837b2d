package lathe.cli.commands;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lathe.cli.report.CostTable;
import lathe.cli.report.LeftLine;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.tensor.ElementType;
import lathe.engine.twin.FloatTwin;
import lathe.precondition.GraphPasses;

/**
 * What is in a model and what compression would do to it, found without running it.
 *
 * @param model its file
 * @param bytes size of the file; of an archive, once it is unpacked
 * @param archiveBytes size of the archive; null where the file is none
 * @param opset version of the standard operator set
 * @param inputs what has to be fed
 * @param outputs what comes out
 * @param operators how often each operator occurs at the top level
 * @param parameters floating-point constants, counted by element
 * @param parameterBytes bytes they take
 * @param batchNormalizations BatchNormalization nodes in the file
 * @param batchNormalizationsLeft of those, the ones that cannot be folded
 * @param obstacle why nothing would be compressed, such as an operator set that cannot be raised; empty if nothing is
 *     in the way
 * @param notes what folding changed or left, one line each
 * @param layers what would be compressed
 * @param alreadyQuantized true if weights in the file are quantized already
 * @param left constants that would stay as they are
 * @param costs of a run; null where no device is given
 */
record Inspection(
        String model,
        long bytes,
        Long archiveBytes,
        long opset,
        List<Port> inputs,
        List<Port> outputs,
        Map<String, Integer> operators,
        long parameters,
        long parameterBytes,
        int batchNormalizations,
        int batchNormalizationsLeft,
        String obstacle,
        List<String> notes,
        List<LayerPlan> layers,
        boolean alreadyQuantized,
        List<LeftLine> left,
        CostTable costs) {

    /** The operator set that compression needs. */
    private static final long LEAST_OPSET = 13;

    /** Bytes of a scale. */
    private static final int SCALE = Float.BYTES;

    private static final Set<ElementType> FLOATING =
            Set.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.FLOAT16, ElementType.BFLOAT16);

    /**
     * A graph input or output.
     *
     * @param shape such as {@code [N,3,224,224]}; {@code ?} where the file does not say
     */
    record Port(String name, String type, String shape) {

        private static Port of(Value value) {
            String shape = value.dims()
                    .map(dims -> dims.stream().map(Port::extent).collect(Collectors.joining(",", "[", "]")))
                    .orElse("?");
            return new Port(value.name(), value.type().name().toLowerCase(java.util.Locale.ROOT), shape);
        }

        private static String extent(Value.Dim dim) {
            String symbol = dim.symbol().isEmpty() ? "?" : dim.symbol();
            return dim.extent().isPresent() ? String.valueOf(dim.extent().getAsLong()) : symbol;
        }
    }

    /**
     * What would happen to one layer.
     *
     * @param kind operator, and in what way it is special
     * @param shape dims of the stored weights
     * @param parameters weights and biases
     * @param bytes what they take now
     * @param int8Bytes what they would take: codes, scales, 32-bit biases
     * @param sharesWeights true if an earlier layer has the same weights, so that they are counted there
     * @param statistics true if a BatchNormalization told what the layer's output should be
     */
    record LayerPlan(
            String name,
            String kind,
            List<Long> shape,
            long parameters,
            long bytes,
            long int8Bytes,
            boolean sharesWeights,
            boolean statistics) {

        private static LayerPlan of(Layer layer, boolean sharesWeights, Graph folded) {
            long weights = layer.weights().elements();
            long biases = layer.bias().map(Initializer::elements).orElse(0L);
            return new LayerPlan(
                    layer.name(),
                    kind(layer),
                    layer.weights().dims(),
                    weights + biases,
                    layer.bytes(),
                    weights + (long) SCALE * layer.rows() + Integer.BYTES * biases,
                    sharesWeights,
                    folded.statistics().containsKey(layer.output()));
        }

        private static String kind(Layer layer) {
            if (layer.groups() == 1) {
                return layer.node().opType();
            }
            return layer.node().opType()
                    + (layer.isDepthwise() ? " depthwise" : " x%d groups".formatted(layer.groups()));
        }
    }

    /**
     * Looks at a model.
     *
     * @param costs of a run of it; null where they are not asked for
     */
    static Inspection of(String file, long bytes, Long archiveBytes, Graph graph, CostTable costs) {
        GraphPass.Result inlined =
                GraphPasses.functionInlining().apply(FloatTwin.of(graph).graph());
        Graph moved = GraphPasses.bodyConstants().apply(inlined.graph()).graph();
        Graph open = GraphPasses.tiedClassifier().apply(moved).graph();
        GraphPass.Result plain = GraphPasses.constantFold().apply(open);
        Graph prepared = plain.graph();
        List<String> notes = new ArrayList<>(inlined.changes());
        notes.addAll(plain.changes());
        String obstacle = GraphPasses.opsetObstacle(graph, LEAST_OPSET)
                .filter(reason -> graph.opset() < LEAST_OPSET)
                .orElse("");
        try {
            GraphPass.Result folded = GraphPasses.batchNormFold().apply(prepared);
            prepared = folded.graph();
            notes.addAll(folded.changes());
        } catch (UnsupportedModelException e) {
            obstacle = e.getMessage();
        }
        Layers.Survey survey = Layers.survey(prepared);
        Inventory inventory = Inventory.of(prepared, survey.layers(), survey.skipped());
        List<Initializer> constants = floatingConstants(graph);
        return new Inspection(
                file,
                bytes,
                archiveBytes,
                graph.opset(),
                graph.requiredInputs().stream().map(Port::of).toList(),
                graph.outputs().stream().map(Port::of).toList(),
                operators(graph),
                constants.stream().mapToLong(Initializer::elements).sum(),
                constants.stream()
                        .mapToLong(constant -> constant.bytes().size())
                        .sum(),
                count(graph, "BatchNormalization"),
                count(prepared, "BatchNormalization"),
                obstacle,
                notes,
                plans(survey.layers(), prepared),
                !inventory.quantized().isEmpty(),
                LeftLine.of(inventory, bytes),
                costs);
    }

    private static List<LayerPlan> plans(List<Layer> layers, Graph folded) {
        Set<String> known = new HashSet<>();
        return layers.stream()
                .map(layer -> LayerPlan.of(layer, !known.add(layer.weights().name()), folded))
                .toList();
    }

    private static Map<String, Integer> operators(Graph graph) {
        Map<String, Integer> counts = new TreeMap<>();
        graph.nodes().forEach(node -> counts.merge(node.opType(), 1, Integer::sum));
        return counts;
    }

    private static List<Initializer> floatingConstants(Graph graph) {
        List<Initializer> constants = new ArrayList<>(graph.initializers().values());
        for (Node node : graph.nodes()) {
            if (node.is("Constant") && node.attributes().get("value") instanceof Attribute.OfTensor tensor) {
                constants.add(tensor.value());
            }
        }
        Set<ElementType> floating = new HashSet<>(FLOATING);
        constants.removeIf(constant -> !floating.contains(constant.type()));
        return constants;
    }

    private static int count(Graph graph, String operator) {
        return (int) graph.nodes().stream().filter(node -> node.is(operator)).count();
    }

    /** True if the exporter has probably folded BatchNormalization away: Convs, each with a bias, and no trace of it. */
    boolean looksFolded() {
        return batchNormalizations == 0
                && layers.stream().anyMatch(layer -> layer.kind().startsWith("Conv"))
                && layers.stream().noneMatch(LayerPlan::statistics);
    }

    /** Size of the file after compression, as far as it follows from the weights; shared ones are there once. */
    long predictedBytes() {
        return bytes
                - layers.stream()
                        .filter(layer -> !layer.sharesWeights())
                        .mapToLong(layer -> layer.bytes() - layer.int8Bytes())
                        .sum();
    }
}
