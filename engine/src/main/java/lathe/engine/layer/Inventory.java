package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Origin;
import lathe.engine.layer.Layers.Skipped;
import lathe.engine.operator.Operators;

/**
 * Where all constant bytes of a network are: in weights and biases of layers that are compressed, or left unchanged.
 * Each constant counts once, however many nodes read it, and is left unchanged if any of them is not a compressed
 * layer: {@code layerBytes} and the bytes of {@code left} add up to those of all constants.
 *
 * @param layerBytes in weights and biases that only layers read which are compressed
 * @param left constants left unchanged: one entry for each node that reads such constants, and one for each layer that is
 *     skipped, the most bytes first
 */
public record Inventory(long layerBytes, List<Left> left) {

    /** Entries of a smaller share of the file are summed up. */
    private static final double SMALL = 0.01;

    /** Smaller layers that are named one by one, if they are left for one reason. */
    private static final int FEW = 8;

    public Inventory {
        left = List.copyOf(left);
    }

    /**
     * Constants that are left as they are.
     *
     * @param name of the node that reads them, or of what holds them
     * @param opType ONNX operator; empty where no node reads them
     * @param reason a clause in plain English
     * @param bytes that they take, 0 for a node without constants
     * @param layer true for a layer that is skipped
     */
    public record Left(String name, String opType, String reason, long bytes, boolean layer) {}

    /**
     * The inventory of a graph. Costs one pass over the nodes and one for each constant over what is computed from it.
     *
     * @param layers of the graph that are compressed
     * @param skipped layers that are not
     */
    public static Inventory of(Graph graph, List<Layer> layers, List<Skipped> skipped) {
        return new Count(graph, layers, skipped).inventory();
    }

    /** Bytes of all constants left unchanged. */
    public long leftBytes() {
        return left.stream().mapToLong(Left::bytes).sum();
    }

    /** Those whose weights are quantized already. */
    public List<Left> quantized() {
        return left.stream()
                .filter(entry -> entry.reason().equals(Operators.QUANTIZED))
                .toList();
    }

    /**
     * The entries for reports: one for each constant of 1 % of the file or more and for each skipped layer; layers
     * without constants, and more than {@value #FEW} smaller ones left for one reason, are counted, and the rest is summed up
     * in the last entry.
     *
     * @param fileBytes size of the file
     */
    public List<Left> summed(long fileBytes) {
        List<Left> summed = new ArrayList<>();
        Map<List<String>, List<Left>> byReason = new LinkedHashMap<>();
        List<Left> small = new ArrayList<>();
        for (Left entry : left) {
            if (entry.bytes() >= SMALL * fileBytes && entry.bytes() > 0) {
                summed.add(entry);
            } else if (entry.layer()) {
                List<String> kind = List.of(entry.opType(), entry.reason(), entry.bytes() == 0 ? "empty" : "");
                byReason.computeIfAbsent(kind, key -> new ArrayList<>()).add(entry);
            } else {
                small.add(entry);
            }
        }
        for (List<Left> alike : byReason.values()) {
            boolean few = alike.size() <= (alike.get(0).bytes() == 0 ? 1 : FEW);
            summed.addAll(few ? alike : List.of(counted(alike)));
        }
        if (!small.isEmpty()) {
            long bytes = small.stream().mapToLong(Left::bytes).sum();
            summed.add(new Left(
                    small.size() + (small.size() == 1 ? " other" : " others"),
                    "",
                    "below 1 % of the file each",
                    bytes,
                    false));
        }
        return List.copyOf(summed);
    }

    private static Left counted(List<Left> alike) {
        Left one = alike.get(0);
        long bytes = alike.stream().mapToLong(Left::bytes).sum();
        return new Left("%d layers".formatted(alike.size()), one.opType(), one.reason(), bytes, true);
    }

    /** The counting. */
    private static final class Count {

        private static final Set<String> RECURRENT = Set.of("LSTM", "GRU", "RNN");
        private static final Set<String> LOOKED_UP = Set.of("Gather", "GatherElements", "GatherND");
        private static final Set<String> INTEGER = Set.of(
                "ConvInteger",
                "DequantizeLinear",
                "MatMulInteger",
                "QLinearConv",
                "QLinearMatMul",
                "DynamicQuantizeLSTM",
                "DynamicQuantizeMatMul",
                "GatherBlockQuantized",
                "MatMulBnb4",
                "MatMulIntegerToFloat",
                "MatMulNBits",
                "QAttention",
                "QEmbedLayerNormalization",
                "QGemm",
                "QLinearAdd",
                "QOrderedMatMul");

        private final Graph graph;
        private final ConstantValues constants;
        private final Map<String, Set<Node>> weights = new HashMap<>();
        private final Map<Node, List<Skipped>> skippedByNode = new HashMap<>();
        private final Map<List<String>, Left> entries = new LinkedHashMap<>();
        private long layerBytes;

        Count(Graph graph, List<Layer> layers, List<Skipped> skipped) {
            this.graph = graph;
            this.constants = ConstantValues.of(graph);
            for (Layer layer : layers) {
                readBy(layer.node(), layer.weights());
                layer.bias().ifPresent(bias -> readBy(layer.node(), bias));
            }
            for (Skipped layer : skipped) {
                skippedByNode
                        .computeIfAbsent(layer.node(), node -> new ArrayList<>())
                        .add(layer);
                add(layer.name(), layer.node().opType(), layer.reason(), 0, true);
            }
        }

        private void readBy(Node layer, Initializer constant) {
            weights.computeIfAbsent(constant.name(), name -> new HashSet<>()).add(layer);
        }

        Inventory inventory() {
            for (Initializer constant : graph.initializers().values()) {
                count(constant.name(), constant.storedBytes());
            }
            graph.origin().ifPresent(model -> {
                model.sparseConstants().forEach((name, sparse) -> {
                    boolean gone = sparse.inUse() && graph.consumers(name).isEmpty() && !graph.isOutput(name);
                    count(name, gone ? 0 : sparse.bytes());
                });
                if (model.constantBytes() > 0) {
                    add("functions of the model", "", "their bodies are left unchanged", model.constantBytes());
                }
            });
            graph.nodes().forEach(this::countAttributes);
            List<Left> left = new ArrayList<>(entries.values());
            left.sort(Comparator.comparingLong(Left::bytes).reversed());
            return new Inventory(layerBytes, left);
        }

        /** What an attribute holds, if that is a tensor, or the numbers of a Constant. */
        private static Optional<Initializer> tensor(Node node, Attribute attribute) {
            return node.is("Constant") || attribute instanceof Attribute.OfTensor
                    ? attribute.asTensor(node.output())
                    : Optional.empty();
        }

        private static long constantBytes(Graph body) {
            long bytes = body.initializers().values().stream()
                    .mapToLong(constant -> constant.bytes().size())
                    .sum();
            bytes += body.origin().map(Origin::constantBytes).orElse(0L);
            for (Node node : body.nodes()) {
                bytes += node.bodies().stream().mapToLong(Count::constantBytes).sum();
                for (Attribute attribute : node.attributes().values()) {
                    bytes += tensor(node, attribute)
                            .map(constant -> constant.bytes().size())
                            .orElse(0L);
                }
            }
            return bytes;
        }

        private void countAttributes(Node node) {
            long inBodies =
                    node.bodies().stream().mapToLong(Count::constantBytes).sum();
            if (inBodies > 0) {
                add(label(node), node.opType(), "constants in its bodies, not the weights of a layer", inBodies);
            }
            for (Attribute attribute : node.attributes().values()) {
                Optional<Initializer> tensor = tensor(node, attribute);
                if (node.is("Constant")) {
                    tensor.ifPresent(
                            constant -> count(node.output(), constant.bytes().size()));
                } else {
                    tensor.ifPresent(constant -> add(
                            label(node),
                            node.opType(),
                            "an attribute of it",
                            constant.bytes().size()));
                }
                if (attribute instanceof Attribute.Opaque carried
                        && carried.origin().constantBytes() > 0) {
                    boolean inBody = !node.is("Constant");
                    add(
                            label(node),
                            node.opType(),
                            inBody ? "its bodies are left unchanged" : "its sparse value is left unchanged",
                            carried.origin().constantBytes());
                }
            }
        }

        private void count(String constant, long bytes) {
            List<Node> users = constants.users(constant);
            Optional<String> output = constants.output(constant);
            if (bytes == 0) {
                return;
            }
            Set<Node> compressed = weights.getOrDefault(constant, Set.of());
            Optional<Node> other =
                    users.stream().filter(user -> !compressed.contains(user)).findFirst();
            if (other.isPresent()) {
                Optional<Skipped> skipped = skipped(other.get(), constant);
                if (skipped.isEmpty()) {
                    add(label(other.get()), other.get().opType(), reason(other.get(), constant), bytes);
                } else {
                    String more = users.size() == 1 ? "" : " and %d more".formatted(users.size() - 1);
                    add(
                            skipped.get().name() + more,
                            other.get().opType(),
                            skipped.get().reason(),
                            bytes,
                            true);
                }
            } else if (output.isPresent()) {
                add(output.get(), "", "a constant output of the network", bytes);
            } else if (users.isEmpty()) {
                add(constant, "", "nothing reads it", bytes);
            } else {
                layerBytes += bytes;
            }
        }

        /** Why a node's weights stay of which this constant is one, or from which they are computed. */
        private Optional<Skipped> skipped(Node node, String constant) {
            List<Skipped> all = skippedByNode.getOrDefault(node, List.of());
            return all.stream()
                    .filter(layer ->
                            node.inputs().get(layer.operator().weights()).equals(constant))
                    .findFirst()
                    .or(() -> all.stream().filter(layer -> !isRecurrent(node)).findFirst());
        }

        private static boolean isRecurrent(Node node) {
            return RECURRENT.stream().anyMatch(node::is);
        }

        private void add(String name, String opType, String reason, long bytes) {
            add(name, opType, reason, bytes, false);
        }

        private void add(String name, String opType, String reason, long bytes, boolean layer) {
            entries.merge(
                    List.of(name, opType, reason),
                    new Left(name, opType, reason, bytes, layer),
                    (a, b) -> new Left(name, opType, reason, a.bytes() + b.bytes(), layer));
        }

        private static String label(Node node) {
            return node.name().isEmpty() ? node.output() : node.name();
        }

        private String reason(Node reader, String constant) {
            if (INTEGER.contains(reader.opType())) {
                return Operators.QUANTIZED;
            }
            if (!reader.is(reader.opType())) {
                return custom(reader);
            }
            if (reader.captures().contains(constant)) {
                return "its bodies, which are left unchanged, read it";
            }
            if (isRecurrent(reader)) {
                return "biases and initial states of recurrent layers stay in FP32";
            }
            boolean table = LOOKED_UP.contains(reader.opType())
                    && constants.contains(reader.inputs().get(0));
            if (table && isCodes(reader.inputs().get(0))) {
                return Operators.QUANTIZED;
            }
            return table ? "a lookup table, not a weight matrix" : "a constant, not the weights of a layer";
        }

        private boolean isCodes(String table) {
            return constants.isDequantized(table)
                    || graph.constant(table)
                            .map(tensor -> tensor.type().bits() <= Byte.SIZE)
                            .orElse(false);
        }

        private static String custom(Node reader) {
            boolean fused =
                    reader.domain().equals("com.microsoft") && reader.opType().startsWith("Fused");
            return fused || reader.domain().equals("com.microsoft.nchwc")
                    ? "written by ONNX Runtime's optimizer; compress the file from before it was optimized"
                    : "an operator of domain '%s', which is left unchanged".formatted(reader.domain());
        }
    }
}
