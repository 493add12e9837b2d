package lathe.cli.commands;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import lathe.cli.commands.NetworkCosts.Counted;
import lathe.cli.device.AdditiveModel;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.TargetSettings.Amount;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.engine.allocate.Assignment;
import lathe.engine.allocate.LayerTable;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.allocate.Limit;
import lathe.engine.graph.Graph;
import lathe.engine.layer.Precision;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.task.LayerConfig;
import lathe.synth.input.InputPlan;

/**
 * Limits on what a run of the compressed network costs, besides the size of its file.
 *
 * @param wanted what the target limits; most often nothing
 */
record CostLimits(List<Wanted> wanted) {

    private static final String FLOATS = "floats (--activations 8 allows integers)";

    /**
     * One limit.
     *
     * @param typed as an option
     * @param most in the unit of the cost
     * @param nodes what nodes cost in float
     * @param cost of the network with these configurations
     * @param figure a cost for people
     * @param largest the node that costs most with these configurations, as a clause
     * @param cheapest with what the network costs least, as a clause
     */
    record Wanted(
            String typed,
            double most,
            NodeCost nodes,
            ToDoubleFunction<Map<String, LayerConfig>> cost,
            DoubleFunction<String> figure,
            Function<Map<String, LayerConfig>, String> largest,
            String cheapest) {}

    /**
     * The limits of a target.
     *
     * @throws CommandException if there are some, and it is not known what a node costs
     */
    static CostLimits of(TargetSearch.Goal goal, CompressionPipeline.Opened network) {
        Target target = goal.target();
        Compression compression = goal.compression();
        List<Wanted> wanted = new ArrayList<>();
        if (target.device().isEmpty() && target.bops().isEmpty()) {
            return new CostLimits(wanted);
        }
        Graph whole = goal.whole();
        InputPlan plan = InputPlan.of(network.prepared(), compression.inputs());
        Optional<AdditiveModel> spent = target.device().flatMap(DeviceProfile::energy);
        Optional<Amount> tabled = target.energy().filter(most -> spent.isEmpty());
        if (target.bops().isPresent() || tabled.isPresent()) {
            NetworkCosts costs = NetworkCosts.of(network.prepared(), plan);
            if (!costs.unknown().isEmpty()) {
                throw CommandException.impossible(
                        "%s: it is not known what '%s'%s multiplies, since its weights are not one matrix of FLOAT; give another target"
                                .formatted(
                                        target.text(),
                                        costs.unknown().get(0),
                                        costs.unknown().size() == 1
                                                ? ""
                                                : " and %d more nodes"
                                                        .formatted(
                                                                costs.unknown().size() - 1)),
                        null);
            }
            NetworkCosts all = NetworkCosts.of(whole, plan);
            target.bops()
                    .ifPresent(most ->
                            wanted.add(byNode(most, all, network, costs, Counted::bops, CostLimits::operations)));
            tabled.ifPresent(most -> {
                DeviceProfile.EnergyTable energy =
                        target.device().orElseThrow().table().orElseThrow();
                wanted.add(byNode(
                        most,
                        all,
                        network,
                        costs,
                        (node, precision) -> node.joules(precision, energy),
                        Figures::joules));
            });
        }
        boolean integers = compression.options().activationBits().isPresent();
        if (tabled.isEmpty()) {
            target.energy()
                    .ifPresent(most -> wanted.add(byRun(
                            most,
                            whole,
                            PredictedRun.of(spent.orElseThrow(), Figures::joules, network, plan),
                            integers ? "8-bit integers where they take less" : FLOATS)));
        }
        target.latency().ifPresent(most -> {
            AdditiveModel times = target.device().orElseThrow().latency().orElseThrow();
            wanted.add(byRun(
                    most,
                    whole,
                    PredictedRun.of(times, Figures::milliseconds, network, plan),
                    integers ? "8-bit integers where they are faster" : FLOATS));
        });
        return new CostLimits(wanted);
    }

    private static Wanted byRun(Amount most, Graph whole, PredictedRun run, String cheapest) {
        return new Wanted(
                most.option(), most.of(run.of(whole)), run::nodes, run::of, run.figure(), run::largest, cheapest);
    }

    private static String operations(double bops) {
        return Figures.large(bops) + " bit operations";
    }

    private static Wanted byNode(
            Amount amount,
            NetworkCosts all,
            CompressionPipeline.Opened network,
            NetworkCosts costs,
            ToDoubleBiFunction<Counted, Precision> cost,
            DoubleFunction<String> figure) {
        return new Wanted(
                amount.option(),
                amount.of(all.sum(node -> cost.applyAsDouble(node, Precision.FLOAT))),
                NodeCost.MULTIPLICATIONS,
                configs -> {
                    List<Precision> precisions = precisions(network, configs);
                    return costs.sum(node -> cost.applyAsDouble(node, precisions.get(node.place())));
                },
                figure,
                configs -> largest(costs, precisions(network, configs), cost, figure),
                "the fewest bits");
    }

    private static List<Precision> precisions(CompressionPipeline.Opened network, Map<String, LayerConfig> configs) {
        return network.precisions(Assignment.of(configs, TargetSearch.REASON));
    }

    private static String largest(
            NetworkCosts costs,
            List<Precision> precisions,
            ToDoubleBiFunction<Counted, Precision> cost,
            DoubleFunction<String> figure) {
        Counted largest = costs.counted().stream()
                .max(Comparator.comparingDouble(node -> cost.applyAsDouble(node, precisions.get(node.place()))))
                .orElseThrow();
        Precision precision = precisions.get(largest.place());
        return "'%s', %s with weights of %s and inputs of %d%s"
                .formatted(
                        largest.name(),
                        figure.apply(cost.applyAsDouble(largest, precision)),
                        Figures.plural(precision.weights(), "bit"),
                        precision.inputs(),
                        precision.inputs() == Float.SIZE ? "; --activations 8 makes that less" : "");
    }

    /** The limits as the allocator takes them; those that cannot be kept have a negative rest. */
    List<Limit> limits(List<LayerTable> tables) {
        return wanted.stream()
                .map(one -> Limit.byDifference(tables, one.cost(), one.most()))
                .toList();
    }

    /** What the cheapest configurations cost more than they may, by the limit that is exceeded most. */
    Excess excess(List<LayerTable> tables) {
        List<Limit> limits = limits(tables);
        Excess largest = Excess.NONE;
        for (int i = 0; i < limits.size(); i++) {
            double least = wanted.get(i).most() - limits.get(i).most();
            double share = -limits.get(i).most() / least;
            largest = share > largest.share() ? new Excess(share, wanted.get(i).nodes()) : largest;
        }
        return largest;
    }

    /**
     * The limits.
     *
     * @throws CommandException if one cannot be kept
     */
    List<Limit> kept(List<LayerTable> tables) {
        List<Limit> limits = limits(tables);
        for (int i = 0; i < limits.size(); i++) {
            if (limits.get(i).most() < 0) {
                throw tooLittle(wanted.get(i), tables, limits.get(i));
            }
        }
        return limits;
    }

    /** By how much each of the limits is exceeded, 0 or less where it is kept. */
    double[] excess(Map<String, LayerConfig> configs) {
        return wanted.stream()
                .mapToDouble(one -> one.cost().applyAsDouble(configs) - one.most())
                .toArray();
    }

    private static CommandException tooLittle(Wanted one, List<LayerTable> tables, Limit limit) {
        Map<String, LayerConfig> least = new LinkedHashMap<>();
        for (LayerTable table : tables) {
            least.put(
                    table.layer(),
                    table.choices().stream()
                            .map(Choice::config)
                            .min(Comparator.comparingDouble(
                                    config -> limit.costs().get(table.layer()).get(config)))
                            .orElseThrow());
        }
        return CommandException.impossible(
                "%s (%s) cannot be reached: the least is %s, with %s in %s; most of it is in %s"
                        .formatted(
                                one.typed(),
                                one.figure().apply(one.most()),
                                one.figure().apply(one.cost().applyAsDouble(least)),
                                one.cheapest(),
                                Figures.plural(tables.size(), "layer"),
                                one.largest().apply(least)),
                null);
    }
}
