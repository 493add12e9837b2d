package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How many channels a layer had, and how many it has in a network whose layers have other shapes.
 *
 * @param layer its name
 * @param inputsBefore input channels over all groups, before
 * @param inputs the same now
 * @param outputsBefore output channels over all groups, before
 * @param outputs the same now; where the layer became two, those of the second
 * @param rank channels between the two layers of low rank that took its place; empty if it is one layer
 */
public record ChannelCounts(
        String layer, int inputsBefore, int inputs, int outputsBefore, int outputs, OptionalInt rank) {

    /** What is added to the name of a layer that became two of low rank, for the second of them; the first keeps the name. */
    public static final String SECOND = "_second";

    /** Those of a layer that stayed one. */
    public static ChannelCounts of(Layer before, int inputs, int outputs) {
        return new ChannelCounts(
                before.name(), before.layout().inputs(), inputs, before.rows(), outputs, OptionalInt.empty());
    }

    /**
     * Those of a layer that became two of low rank.
     *
     * @param inputs of the first
     * @param rank outputs of the first; the second has the outputs that the layer had
     */
    public static ChannelCounts ofLowRank(Layer before, int inputs, int rank) {
        return new ChannelCounts(
                before.name(), before.layout().inputs(), inputs, before.rows(), before.rows(), OptionalInt.of(rank));
    }

    /**
     * Those of all layers that do not have the channels that they had.
     *
     * @param before layers of a network, whose order is kept
     * @param after layers of the changed network; one that is not among them by its name has none
     */
    public static List<ChannelCounts> changed(Collection<Layer> before, Collection<Layer> after) {
        Map<String, Layer> named = new HashMap<>();
        after.forEach(layer -> named.put(layer.name(), layer));
        Set<String> old = before.stream().map(Layer::name).collect(Collectors.toSet());
        List<ChannelCounts> changed = new ArrayList<>();
        for (Layer layer : before) {
            Layer now = named.get(layer.name());
            Layer second = old.contains(layer.name() + SECOND) ? null : named.get(layer.name() + SECOND);
            if (now != null && second != null) {
                changed.add(new ChannelCounts(
                        layer.name(),
                        layer.layout().inputs(),
                        now.layout().inputs(),
                        layer.rows(),
                        second.rows(),
                        OptionalInt.of(now.rows())));
            } else if (now != null) {
                changed.add(of(layer, now.layout().inputs(), now.rows()));
            }
        }
        changed.removeIf(ChannelCounts::isSame);
        return changed;
    }

    /** True of the second of two layers of low rank that took the place of one of these. */
    public static boolean isSecond(Layer layer, Set<String> names) {
        return layer.name().endsWith(SECOND)
                && names.contains(layer.name().substring(0, layer.name().length() - SECOND.length()));
    }

    private boolean isSame() {
        return inputs == inputsBefore && outputs == outputsBefore && rank.isEmpty();
    }
}
