package lathe.engine.lowrank;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import lathe.engine.allocate.Knapsack;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;

/**
 * Which layers of a network become two of fewer multiplications, and of which ranks: those of least total loss within what they
 * may cost. The loss of a layer is what the outputs of the network lose when it alone has that rank, found
 * for a few ranks; between these, its logarithm is linear in that of the energy that the layer loses. Not thread-safe.
 */
public final class RankChoice {

    /** Ranks that lose about these shares of the energy of a layer's outputs are tried, and the least one. */
    private static final double[] TRIED = {0.01, 0.1};

    private final Graph graph;
    private final ChannelBlock block;
    private final Map<LowRankLayer, Double> costs = new LinkedHashMap<>(); // of the layers as they are
    private final Map<LowRankLayer, NavigableMap<Integer, Double>> losses = new HashMap<>(); // by rank

    /**
     * Nothing to choose from yet.
     *
     * @param block of which ranks are multiples
     */
    public RankChoice(Graph graph, ChannelBlock block) {
        this.graph = graph;
        this.block = block;
    }

    /** True of layers that can become two: a Conv or Gemm of one group, whose weights no other layer reads. */
    public static boolean suits(Graph graph, Layer layer) {
        return LowRankLayer.suits(graph, layer);
    }

    /**
     * Adds a layer.
     *
     * @param layer that {@link #suits}
     * @param statistics of its input, which are not kept
     * @param cost of the layer; two layers cost as much for each multiplication
     */
    public void add(Layer layer, InputStatistics statistics, double cost) {
        LowRankLayer.of(layer, statistics)
                .filter(found -> found.ranks(block).length > 0)
                .ifPresent(found -> costs.put(found, cost));
    }

    /** How many layers there are to choose from. */
    public int count() {
        return costs.size();
    }

    /**
     * Finds what the outputs of the network lose with a layer of low rank. Asked for before {@link #saving}.
     *
     * @param outputError squared relative error of the outputs of a graph that is changed in its constants alone
     * @param trusted false if inputs may hide what a layer does: then a layer loses no less than its own outputs do
     * @param each is run after each layer
     */
    public void tryRanks(ToDoubleFunction<Graph> outputError, boolean trusted, Runnable each) {
        for (LowRankLayer layer : costs.keySet()) {
            NavigableMap<Integer, Double> tried = new TreeMap<>();
            for (int rank : tried(layer)) {
                GraphEdit edit = graph.edit();
                layer.writeInPlace(rank, edit);
                double error = outputError.applyAsDouble(edit.build());
                double least = trusted ? Double.MIN_NORMAL : layer.loss(rank);
                tried.put(rank, Double.isFinite(error) ? Math.max(error, least) : Float.MAX_VALUE);
            }
            losses.put(layer, tried);
            each.run();
        }
    }

    private Set<Integer> tried(LowRankLayer layer) {
        int[] ranks = layer.ranks(block);
        Set<Integer> tried = new TreeSet<>(List.of(ranks[0]));
        for (double wanted : TRIED) {
            int best = ranks[0];
            for (int rank : ranks) {
                if (Math.abs(Math.log(loss(layer, rank) / wanted)) < Math.abs(Math.log(loss(layer, best) / wanted))) {
                    best = rank;
                }
            }
            tried.add(best);
        }
        return tried;
    }

    private static double loss(LowRankLayer layer, int rank) {
        return Math.max(layer.loss(rank), Double.MIN_NORMAL);
    }

    /** What the outputs of the network lose. */
    private double lost(LowRankLayer layer, int rank) {
        NavigableMap<Integer, Double> tried = losses.get(layer);
        Map.Entry<Integer, Double> low = tried.floorEntry(rank);
        Map.Entry<Integer, Double> high = tried.ceilingEntry(rank);
        if (high == null) {
            return low.getValue() * loss(layer, rank) / loss(layer, low.getKey());
        }
        double from = Math.log(loss(layer, low.getKey()));
        double to = Math.log(loss(layer, high.getKey()));
        double share = from == to ? 0 : (from - Math.log(loss(layer, rank))) / (from - to);
        return Math.exp((1 - share) * Math.log(low.getValue()) + share * Math.log(high.getValue()));
    }

    /**
     * The ranks of least loss that save so much of the cost; where none do, those that save most.
     *
     * @param least cost that is saved at least
     * @return by layer name
     */
    public Map<String, Integer> saving(double least) {
        List<LowRankLayer> layers = List.copyOf(costs.keySet());
        double[][] spent = new double[layers.size()][];
        double[][] lost = new double[layers.size()][];
        double all = 0;
        double fewest = 0;
        for (int i = 0; i < spent.length; i++) {
            LowRankLayer layer = layers.get(i);
            int[] ranks = layer.ranks(block);
            spent[i] = new double[ranks.length + 1];
            lost[i] = new double[ranks.length + 1];
            for (int k = 0; k < ranks.length; k++) {
                spent[i][k] = costs.get(layer) * layer.macs(ranks[k]);
                lost[i][k] = lost(layer, ranks[k]);
            }
            spent[i][ranks.length] = costs.get(layer);
            all += costs.get(layer);
            fewest += Arrays.stream(spent[i]).min().orElseThrow();
        }
        int[] chosen =
                new Knapsack(spent, lost).within(Math.max(all - least, fewest)).orElseThrow();
        Map<String, Integer> found = new LinkedHashMap<>();
        for (int i = 0; i < chosen.length; i++) {
            int[] ranks = layers.get(i).ranks(block);
            if (chosen[i] < ranks.length) {
                found.put(layers.get(i).layer().name(), ranks[chosen[i]]);
            }
        }
        return found;
    }

    /** The graph with layers of these ranks, by layer name, as two. */
    public Graph factored(Map<String, Integer> ranks) {
        GraphEdit edit = graph.edit();
        List<LowRankLayer> layers = new ArrayList<>(costs.keySet());
        layers.forEach(layer ->
                Optional.ofNullable(ranks.get(layer.layer().name())).ifPresent(rank -> layer.write(rank, edit)));
        return edit.build();
    }
}
