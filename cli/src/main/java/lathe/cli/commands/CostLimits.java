package lathe.cli.commands;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleBiFunction;
import lathe.cli.commands.NetworkCosts.Counted;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.TargetSettings.Amount;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.engine.allocate.Assignment;
import lathe.engine.allocate.LayerTable;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.allocate.Limit;
import lathe.engine.layer.Precision;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.task.LayerConfig;
import lathe.synth.input.InputPlan;

/**
 * Limits on what a run of the compressed network costs, besides the size of its file.
 *
 * @param network ready to be solved
 * @param wanted what the target limits; most often nothing
 */
record CostLimits(CompressionPipeline.Opened network, List<Wanted> wanted) {

    /**
     * One limit.
     *
     * @param typed as an option
     * @param most in the unit of the cost
     * @param cost of a node
     * @param figure a cost for people
     */
    record Wanted(
            String typed,
            double most,
            NetworkCosts costs,
            ToDoubleBiFunction<Counted, Precision> cost,
            DoubleFunction<String> figure) {

        private static Wanted of(
                Amount amount,
                NetworkCosts costs,
                ToDoubleBiFunction<Counted, Precision> cost,
                DoubleFunction<String> figure) {
            double original = costs.sum(node -> cost.applyAsDouble(node, Precision.FLOAT));
            return new Wanted(amount.option(), amount.of(original), costs, cost, figure);
        }

        private double of(List<Precision> precisions) {
            return costs.sum(node -> cost.applyAsDouble(node, precisions.get(node.place())));
        }
    }

    /**
     * The limits of a target.
     *
     * @throws CommandException if there are some, and it is not known what a node costs
     */
    static CostLimits of(Target target, Compression compression, CompressionPipeline.Opened network) {
        List<Wanted> wanted = new ArrayList<>();
        if (target.bops().isPresent() || target.energy().isPresent()) {
            NetworkCosts costs =
                    NetworkCosts.of(network.prepared(), InputPlan.of(network.prepared(), compression.inputs()));
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
            target.bops().ifPresent(most -> wanted.add(Wanted.of(most, costs, Counted::bops, CostLimits::operations)));
            target.energy().ifPresent(most -> {
                DeviceProfile.Energy energy =
                        target.device().orElseThrow().energy().orElseThrow();
                wanted.add(
                        Wanted.of(most, costs, (node, precision) -> node.joules(precision, energy), Figures::joules));
            });
        }
        return new CostLimits(network, wanted);
    }

    private static String operations(double bops) {
        return Figures.large(bops) + " bit operations";
    }

    /**
     * The limits as the allocator takes them.
     *
     * @throws CommandException if one cannot be kept
     */
    List<Limit> on(List<LayerTable> tables) {
        List<Limit> limits = new ArrayList<>();
        for (Wanted one : wanted) {
            Limit limit = Limit.byDifference(tables, configs -> one.of(precisions(configs)), one.most());
            if (limit.most() < 0) {
                throw tooLittle(one, tables, limit);
            }
            limits.add(limit);
        }
        return limits;
    }

    /** By how much each of the limits is exceeded, 0 or less where it is kept. */
    double[] excess(Map<String, LayerConfig> configs) {
        if (wanted.isEmpty()) {
            return new double[0];
        }
        List<Precision> precisions = precisions(configs);
        return wanted.stream()
                .mapToDouble(one -> one.of(precisions) - one.most())
                .toArray();
    }

    private List<Precision> precisions(Map<String, LayerConfig> configs) {
        return network.precisions(Assignment.of(configs, TargetSearch.REASON));
    }

    private CommandException tooLittle(Wanted one, List<LayerTable> tables, Limit limit) {
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
        List<Precision> precisions = precisions(least);
        Counted largest = one.costs().counted().stream()
                .max(Comparator.comparingDouble(node -> one.cost().applyAsDouble(node, precisions.get(node.place()))))
                .orElseThrow();
        Precision precision = precisions.get(largest.place());
        return CommandException.impossible(
                "%s (%s) cannot be reached: the least is %s, with the fewest bits in %s; most of it is in '%s', %s with weights of %d bits and inputs of %d%s"
                        .formatted(
                                one.typed(),
                                one.figure().apply(one.most()),
                                one.figure().apply(one.of(precisions)),
                                Figures.plural(tables.size(), "layer"),
                                largest.name(),
                                one.figure().apply(one.cost().applyAsDouble(largest, precision)),
                                precision.weights(),
                                precision.inputs(),
                                precision.inputs() == Float.SIZE ? "; --activations 8 makes that less" : ""),
                null);
    }
}
