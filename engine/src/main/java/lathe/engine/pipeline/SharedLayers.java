package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.target.Placement;

/**
 * Layers that use the same weights in the same way, and so get the same codes; most often just one. One that looks up rows and
 * one that multiplies with them, as an embedding that is the classifier, too, use them in the same way.
 *
 * @param users at least one; those that multiply before those that look up, else in graph order
 */
record SharedLayers(List<Layer> users) {

    /** Puts layers with shared weights together. */
    static Collection<SharedLayers> group(List<Layer> layers) {
        Map<Object, List<Layer>> byWeights = new LinkedHashMap<>();
        for (Layer layer : layers) {
            byWeights.computeIfAbsent(key(layer), key -> new ArrayList<>()).add(layer);
        }
        byWeights.values().forEach(users -> users.sort(Comparator.comparing(Layer::readsIndices)));
        return byWeights.values().stream().map(SharedLayers::new).toList();
    }

    /** What must agree for codes to be shared. */
    private static Object key(Layer layer) {
        return List.of(
                layer.weights().name(), layer.layout(), layer.site().operator().weightFactor(layer.node()));
    }

    /** The layer that stands for all. */
    Layer first() {
        return users.get(0);
    }

    /**
     * What was measured of all users' inputs together. Where some multiply and some look up, it is that of the former, as if
     * inputs of the same power that are independent had come as often: an error in a row that is looked up reaches the network
     * in whatever direction it points.
     */
    InputStatistics average(Map<String, InputStatistics> statistics) {
        List<InputStatistics> alike = users.stream()
                .filter(user -> user.readsIndices() == first().readsIndices())
                .map(user -> statistics.get(user.name()))
                .toList();
        InputStatistics average = InputStatistics.average(alike);
        return alike.size() == users.size() ? average : average.withIndependentInputs();
    }

    /** Bytes of the Gram matrices of all users. */
    long gramBytes() {
        return users.size() * first().gramBytes();
    }

    /** Bytes that all users take in the file, their weights once. */
    long bytes(Placement placement, Optional<WeightFormat> format) {
        SolvedLayer standIn = SolvedLayer.standIn(first(), format);
        return placement.bytes(standIn, true)
                + users.stream()
                        .skip(1)
                        .mapToLong(user -> placement.bytes(standIn.sharedWith(user), false))
                        .sum();
    }
}
